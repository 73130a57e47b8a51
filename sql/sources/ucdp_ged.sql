-- UCDP's georeferenced events, yearly and candidate releases. Only events between two governments
-- have a state on both sides (gwnoa, gwnob: Gleditsch-Ward numbers); several on one side are parted
-- by semicolons or commas. -1 means that UCDP does not know. UCDP does not say when an event was
-- first published; it counts as published on the day after its end.
with
cleaned as (
    select
        *,
        try_cast(left(date_start, 10) as date) as day,
        if(try_cast(number_of_sources as bigint) >= 0, number_of_sources::bigint, null) as n_told,
        if(try_cast(best as bigint) >= 0, best::bigint, null) as n_best,
        list_transform(
            [gwnoa, gwnob],
            lambda listed: list_transform(
                regexp_split_to_array(nullif(trim(listed), ''), '\s*[;,]\s*'),
                -- R and pandas write NA and nan for nothing.
                lambda one: if(
                    split_part(lower(trim(one)), '.', 1) in ('-1', 'na', 'nan'),
                    null,
                    split_part(trim(one), '.', 1)
                )
            )
        ) as states,
        regexp_split_to_array(nullif(trim(source_office), ''), '\s*;\s*') as offices,
    from raw
)

select
    -- A table that a program wrote anew may have 244657.0.
    regexp_replace(id, '\.0+$', '') as event_id,
    day as event_date,
    coalesce(try_cast(left(date_end, 10) as date), day) + interval 1 day as added_at,
    list_transform(
        coalesce(states[1], [null]),
        lambda named: {'name': named, 'sector': if(named is null, null, 'MIL'), 'words': side_a}
    ) as sides1,
    list_transform(
        coalesce(states[2], [null]),
        lambda named: {
            'name': named,
            'sector': if(named is null, null, 'MIL'),
            'words': concat(side_b, ': ', coalesce(n_best::varchar, '?'), if(n_best = 1, ' death', ' deaths'), ' (best estimate)')
        }
    ) as sides2,
    true as is_country1,
    true as is_country2,
    'ucdp_ged:' || type_of_violence as cameo_code,
    null::varchar as cameo_base,
    null::double as goldstein_reported,
    coalesce(n_told, 1) as n_mentions,
    n_told as n_sources,
    n_best as n_deaths,
    if(try_cast(low as bigint) >= 0, try_cast(low as bigint), null) as n_deaths_low,
    if(try_cast(high as bigint) >= 0, try_cast(high as bigint), null) as n_deaths_high,
    null::varchar as category,
    null::varchar as deed,
    -- Each office once: a report cited twice names it twice.
    array_to_string(
        list_filter(offices, lambda office, place: list_position(offices, office) = place), '; '
    ) as source_name,
    null::varchar as source_url,
    country as place_country,
    try_cast(latitude as double) as latitude,
    try_cast(longitude as double) as longitude,
    case
        when id is null then 'id'
        when day is null then 'date_start'
        when type_of_violence is null then 'type_of_violence'
    end as problem,
    null::varchar as outside,
from cleaned
