-- POLECAT files, by the columns of their header. POLECAT codes PLOVER types and modes; the CAMEO
-- code that stands for them is looked up (core.event_name). Empty values are written None, NA or
-- nothing at all. Several actors stand in one field, parted by semicolons; names and sectors stand
-- in the same order where there are as many of them.
with
cleaned as (
    select
        *,
        nullif(trim("Event ID"), 'None') as event_number,
        coalesce(
            try_strptime("Event Date", '%Y-%m-%d'),
            try_strptime("Event Date", '%m/%d/%Y'),
            if(
                regexp_matches("Event Date", '^\d{4}-\d\d-\d\d[T ]'),
                try_strptime(left("Event Date", 10), '%Y-%m-%d'),
                null
            )
        )::date as day,
        coalesce(
            try_strptime("Publication Date", '%Y-%m-%d'),
            try_strptime("Publication Date", '%m/%d/%Y'),
            if(
                regexp_matches("Publication Date", '^\d{4}-\d\d-\d\d[T ]'),
                try_strptime(left("Publication Date", 10), '%Y-%m-%d'),
                null
            )
        ) as published,
        list_transform(
            [
                "Actor Country", "Actor Name", "Primary Actor Sector",
                "Recipient Country", "Recipient Name", "Primary Recipient Sector"
            ],
            lambda listed: list_transform(
                string_split(listed, ';'),
                lambda one: if(trim(one) in ('None', 'NA', 'NaN', ''), null, trim(one))
            )
        ) as lists,
        upper(if("Event Type" in ('None', 'NA', ''), null, trim("Event Type"))) as kind,
        lower(if("Event Mode" in ('None', 'NA', 'NaN', ''), null, trim("Event Mode"))) as mode,
    from raw
)

select
    event_number as event_id,
    day as event_date,
    coalesce(published, day::timestamp) as added_at,
    list_transform(
        coalesce(lists[1], [null]),
        lambda named, place: {
            'name': named,
            'sector': if(len(lists[3]) = len(lists[1]), lists[3][place], null),
            'words': coalesce(if(len(lists[2]) = len(lists[1]), lists[2][place], null), named)
        }
    ) as sides1,
    list_transform(
        coalesce(lists[4], [null]),
        lambda named, place: {
            'name': named,
            'sector': if(len(lists[6]) = len(lists[4]), lists[6][place], null),
            'words': coalesce(if(len(lists[5]) = len(lists[4]), lists[5][place], null), named)
        }
    ) as sides2,
    true as is_country1,
    true as is_country2,
    'polecat:' || kind || coalesce(':' || mode, '') as cameo_code,
    'polecat:' || kind as cameo_base,
    try_cast(coalesce("Event Intensity", "Intensity") as double) as goldstein_reported,
    case upper("Quad Code")
        when 'VERBAL COOPERATION' then 1
        when 'MATERIAL COOPERATION' then 2
        when 'VERBAL CONFLICT' then 3
        when 'MATERIAL CONFLICT' then 4
    end::utinyint as quad_class_reported,
    1::bigint as n_mentions,
    if("Contexts" in ('None', 'NA', ''), null, "Contexts") as contexts,
    null::varchar as category,
    kind as deed,
    if("Source" in ('None', 'NA', ''), null, "Source") as source_name,
    null::varchar as source_url,
    if("Country" in ('None', 'NA', ''), null, "Country") as place_country,
    degrees_of("Latitude", 90) as latitude,
    degrees_of("Longitude", 180) as longitude,
    case
        when event_number is null then 'Event ID'
        when day is null then 'Event Date'
        when kind is null then 'Event Type'
    end as problem,
    null::varchar as outside,
from cleaned
