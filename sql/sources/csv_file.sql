-- A file of the user's own, whose columns have the names that detente.toml gives them; null where it
-- names none. A row without an identity is told by its content. A row counts as published on its day
-- where the file does not say more. Several actors of one side are parted by semicolons. A number may
-- have a comma for its point, as spreadsheets of half the world write it; NA and the like say nothing.
-- What says something that is neither is refused, lest it count as not told. Where the days are
-- numbers of Excel ('excel'), day 1 is 1 January 1900; the one that Excel counts too much, 29 February
-- 1900, makes day 0 the 30th of December 1899 for every later day.
with told as (
    select
        *,
        nullif(
            regexp_replace(replace(trim(goldstein), ',', '.'), '^(?i:na|n/a|nan|null|none|-)$', ''), ''
        ) as goldstein_text,
        nullif(
            regexp_replace(replace(trim(latitude), ',', '.'), '^(?i:na|n/a|nan|null|none|-)$', ''), ''
        ) as latitude_text,
        nullif(
            regexp_replace(replace(trim(longitude), ',', '.'), '^(?i:na|n/a|nan|null|none|-)$', ''), ''
        ) as longitude_text,
        nullif(regexp_replace(trim(added_at), '^(?i:na|n/a|null|none|-)$', ''), '') as added_text,
    from raw
),
numbered as (
    select
        *,
        if(
            getvariable('date_format') = 'excel',
            if(
                try_cast(event_date as double) between 61 and 2958465,
                timestamp '1899-12-30'
                + to_days(coalesce(floor(try_cast(event_date as double))::integer, 0)),
                null
            ),
            try_strptime(event_date, getvariable('date_format'))
        ) as day,
        try_cast(goldstein_text as double) as goldstein_number,
        try_cast(latitude_text as double) as latitude_number,
        try_cast(longitude_text as double) as longitude_number,
        coalesce(
            try_cast(added_text as timestamp), try_strptime(added_text, getvariable('date_format'))
        ) as added,
    from told
)
select
    coalesce(
        event_id,
        left(md5(concat_ws('|', event_date, actor1, actor2, code, title)), 16)
    ) as event_id,
    day::date as event_date,
    if(added_text is null, day, added) as added_at,
    list_transform(
        string_split(coalesce(actor1, ''), ';'),
        lambda named: {
            'name': nullif(trim(named), ''),
            'sector': coalesce(actor1_sector, 'GOV'),
            'words': null::varchar
        }
    ) as sides1,
    list_transform(
        string_split(coalesce(actor2, ''), ';'),
        lambda named: {
            'name': nullif(trim(named), ''),
            'sector': coalesce(actor2_sector, 'GOV'),
            'words': null::varchar
        }
    ) as sides2,
    trim(code) as cameo_code,
    null::varchar as cameo_base,
    true as is_country1,
    true as is_country2,
    goldstein_number as goldstein_reported,
    1::bigint as n_mentions,
    category as category,
    title as deed,
    source_name as source_name,
    source_url as source_url,
    latitude_number as latitude,
    longitude_number as longitude,
    case
        when day is null then getvariable('event_date_column')
        when added_text is not null and added is null then getvariable('added_at_column')
        when goldstein_text is not null and not coalesce(isfinite(goldstein_number), false)
            then getvariable('goldstein_column')
        when latitude_text is not null and not coalesce(latitude_number between -90 and 90, false)
            then getvariable('latitude_column')
        when longitude_text is not null and not coalesce(longitude_number between -180 and 180, false)
            then getvariable('longitude_column')
    end as problem,
    null::varchar as outside,
from numbered
