-- POLECAT files, by the columns of their header. POLECAT codes PLOVER types and modes; the CAMEO
-- code that stands for them is looked up (core.event_name). Empty values are written None.
with
cleaned as (
    select
        *,
        nullif("Event ID", 'None') as event_number,
        coalesce(
            try_strptime("Event Date", '%Y-%m-%d'),
            try_strptime("Event Date", '%m/%d/%Y')
        )::date as day,
        coalesce(
            try_strptime("Publication Date", '%Y-%m-%d'),
            try_strptime("Publication Date", '%m/%d/%Y')
        ) as published,
        nullif("Actor Country", 'None') as actor1_name,
        nullif("Recipient Country", 'None') as actor2_name,
        upper(nullif("Event Type", 'None')) as kind,
        lower(nullif("Event Mode", 'None')) as mode,
    from raw
)

select
    event_number as event_id,
    day as event_date,
    coalesce(published, day::timestamp) as added_at,
    actor1_name,
    actor2_name,
    nullif("Primary Actor Sector", 'None') as actor1_sector,
    nullif("Primary Recipient Sector", 'None') as actor2_sector,
    'polecat:' || kind || coalesce(':' || mode, '') as cameo_code,
    'polecat:' || kind as cameo_base,
    try_cast("Intensity" as double) as goldstein_reported,
    1::bigint as n_mentions,
    null::varchar as category,
    if(actor1_name <> actor2_name, concat_ws(' > ', "Actor Name", kind, "Recipient Name"), null)
        as title,
    nullif("Source", 'None') as source_name,
    null::varchar as source_url,
    try_cast("Latitude" as double) as latitude,
    try_cast("Longitude" as double) as longitude,
    case
        when event_number is null then 'Event ID'
        when day is null then 'Event Date'
        when kind is null then 'Event Type'
    end as problem,
    null::varchar as outside,
from cleaned
