-- ACLED's events, by the columns of their header. An actor is told in words: what of a state it
-- is, the state, and mostly the years of its government, as in 'Military Forces of Japan (2012-)'; or a
-- crowd and its country, as in 'Protesters (Japan)'. The export tool writes a day in words ('16
-- February 2024', '9-May-20'), the interface in digits. Groups of their own are no state. ACLED says
-- when a row was last changed, not when it was first published; it counts as published then.
with
spaced as (
    -- A program may have made hard spaces of some.
    select
        * replace (replace(actor1, chr(160), ' ') as actor1, replace(actor2, chr(160), ' ') as actor2),
    from raw
),

named as (
    select
        *,
        coalesce(
            try_strptime(
                trim(event_date),
                ['%Y-%m-%d', '%d %B %Y', '%d %b %Y', '%d-%b-%y', '%d-%b-%Y', '%d-%B-%Y', '%d.%m.%Y']
            )::date,
            -- A program that knows days and times writes both.
            if(regexp_matches(event_date, '^\d{4}-\d\d-\d\d[T ]'), try_cast(left(event_date, 10) as date), null),
            serial_day(event_date)
        ) as day,
        whole_of(fatalities) as n_deaths,
        degrees_of(latitude, 90) as north,
        degrees_of(longitude, 180) as east,
        regexp_extract(
            actor1, '^(Government|Military Forces|Police Forces) of (.+?)(?: \(\d{4}-|$)', ['organ', 'state']
        ) as state1,
        regexp_extract(
            actor2, '^(Government|Military Forces|Police Forces) of (.+?)(?: \(\d{4}-|$)', ['organ', 'state']
        ) as state2,
        regexp_extract(actor1, '^(Civilians|Protesters|Rioters) \((.+)\)$', 2) as crowd1,
        regexp_extract(actor2, '^(Civilians|Protesters|Rioters) \((.+)\)$', 2) as crowd2,
        sub_event_type in ('Other', 'Change to group/activity') as is_no_act,
    from spaced
)

select
    event_id_cnty as event_id,
    day as event_date,
    coalesce(
        -- As a huge number first: seconds that no calendar holds are no moment, and no error.
        make_timestamp(try_cast(whole_of("timestamp")::hugeint * 1000000 as bigint)),
        try_cast("timestamp" as timestamp),
        day + interval 1 day
    ) as added_at,
    -- Which version of an event a row is: by its last change, else by the day of its file.
    coalesce(
        make_timestamp(try_cast(whole_of("timestamp")::hugeint * 1000000 as bigint)),
        try_cast("timestamp" as timestamp),
        try_cast(getvariable('export_day') as timestamp)
    ) as told_at,
    coalesce(nullif(state1.state, ''), nullif(crowd1, '')) as actor1_name,
    coalesce(nullif(state2.state, ''), nullif(crowd2, '')) as actor2_name,
    case state1.organ
        when 'Government' then 'GOV'
        when 'Military Forces' then 'MIL'
        when 'Police Forces' then 'COP'
        else if(crowd1 <> '', 'CVL', null)
    end as actor1_sector,
    case state2.organ
        when 'Government' then 'GOV'
        when 'Military Forces' then 'MIL'
        when 'Police Forces' then 'COP'
        else if(crowd2 <> '', 'CVL', null)
    end as actor2_sector,
    -- What is no act has no code; any stands in, as the row stays outside.
    if(is_no_act, '010', 'acled:' || sub_event_type) as cameo_code,
    null::varchar as cameo_base,
    true as is_country1,
    true as is_country2,
    null::double as goldstein_reported,
    1::bigint as n_mentions,
    if(n_deaths >= 0, n_deaths, null) as n_deaths,
    null::varchar as category,
    concat_ws(' > ', actor1, sub_event_type, actor2) as title,
    source as source_name,
    null::varchar as source_url,
    country as place_country,
    north as latitude,
    east as longitude,
    case
        when event_id_cnty is null then 'event_id_cnty'
        when day is null then 'event_date'
        when sub_event_type is null then 'sub_event_type'
        when is_unread(fatalities, n_deaths) then 'fatalities'
        when is_unread(latitude, north) then 'latitude'
        when is_unread(longitude, east) then 'longitude'
    end as problem,
    if(is_no_act, 'no act towards another', null) as outside,
from named
