-- UCDP's georeferenced events, yearly and candidate releases. Only events between two governments
-- have a state on both sides (gwnoa, gwnob: Gleditsch-Ward numbers). UCDP does not say when an
-- event was first published; it counts as published on the day after its end.
select
    id as event_id,
    try_cast(left(date_start, 10) as date) as event_date,
    coalesce(try_cast(left(date_end, 10) as date), try_cast(left(date_start, 10) as date))
    + interval 1 day as added_at,
    split_part(gwnoa, '.', 1) as actor1_name,
    split_part(gwnob, '.', 1) as actor2_name,
    if(gwnoa is null, null, 'MIL') as actor1_sector,
    if(gwnob is null, null, 'MIL') as actor2_sector,
    'ucdp_ged:' || type_of_violence as cameo_code,
    null::varchar as cameo_base,
    null::double as goldstein_reported,
    coalesce(try_cast(number_of_sources as bigint), 1) as n_mentions,
    null::varchar as category,
    concat(side_a, ' > ', side_b, ': ', best, ' deaths (best estimate)') as title,
    source_office as source_name,
    null::varchar as source_url,
    try_cast(latitude as double) as latitude,
    try_cast(longitude as double) as longitude,
    case
        when id is null then 'id'
        when try_cast(left(date_start, 10) as date) is null then 'date_start'
        when type_of_violence is null then 'type_of_violence'
    end as problem,
    null::varchar as outside,
from raw
