-- UCDP's georeferenced events, yearly and candidate releases. Only events between two governments
-- have a state on both sides (gwnoa, gwnob: Gleditsch-Ward numbers); several on one side are parted
-- by semicolons or commas. -1 means that UCDP does not know. UCDP does not say when an event was
-- first published; it counts as published on the day after its end.
with
cleaned as (
    select
        *,
        day_of(date_start) as day,
        day_of(date_end) as end_day,
        if(whole_of(number_of_sources) >= 0, whole_of(number_of_sources), null) as n_told,
        if(whole_of(best) >= 0, whole_of(best), null) as n_best,
        -- A table that a program wrote anew may have 244657.0 or 244,657.
        whole_of(id)::varchar as number,
        degrees_of(latitude, 90) as north,
        degrees_of(longitude, 180) as east,
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
    number as event_id,
    day as event_date,
    coalesce(end_day, day) + interval 1 day as added_at,
    list_transform(
        coalesce(states[1], [null]),
        lambda named: {'name': named, 'sector': if(named is null, null, 'MIL'), 'words': side_a}
    ) as sides1,
    list_transform(
        coalesce(states[2], [null]),
        lambda named: {
            'name': named,
            'sector': if(named is null, null, 'MIL'),
            'words': concat(
                side_b, ': ', coalesce(n_best::varchar, '?'),
                if(n_best = 1, ' death', ' deaths'), ' (best estimate)'
            )
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
    if(whole_of(low) >= 0, whole_of(low), null) as n_deaths_low,
    if(whole_of(high) >= 0, whole_of(high), null) as n_deaths_high,
    null::varchar as category,
    null::varchar as deed,
    -- Each office once: a report cited twice names it twice.
    array_to_string(
        list_filter(offices, lambda office, place: list_position(offices, office) = place), '; '
    ) as source_name,
    null::varchar as source_url,
    country as place_country,
    north as latitude,
    east as longitude,
    case
        -- Excel's 1.08867E+05 has lost its last digits: it may stand for several events. R writes
        -- 5e+05 only where it is the whole number.
        when number is null or contains(id, 'E') then 'id'
        when day is null then 'date_start'
        when type_of_violence is null then 'type_of_violence'
        when is_unread(best, whole_of(best)) then 'best'
        when is_unread(low, whole_of(low)) then 'low'
        when is_unread(high, whole_of(high)) then 'high'
        when is_unread(latitude, north) then 'latitude'
        when is_unread(longitude, east) then 'longitude'
    end as problem,
    null::varchar as outside,
from cleaned
