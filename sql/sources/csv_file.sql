-- A file of the user's own, whose columns have the names that detente.toml gives them; null where it
-- names none. A row without an identity is told by its content. A row counts as published on its day
-- where the file does not say more. Several actors of one side are parted by semicolons.
select
    coalesce(
        raw.event_id,
        left(md5(concat_ws('|', raw.event_date, raw.actor1, raw.actor2, raw.code, raw.title)), 16)
    ) as event_id,
    try_strptime(raw.event_date, getvariable('date_format'))::date as event_date,
    coalesce(
        try_cast(raw.added_at as timestamp),
        try_strptime(raw.event_date, getvariable('date_format'))
    ) as added_at,
    list_transform(
        string_split(coalesce(raw.actor1, ''), ';'),
        lambda named: {
            'name': nullif(trim(named), ''),
            'sector': coalesce(raw.actor1_sector, 'GOV'),
            'words': null::varchar
        }
    ) as sides1,
    list_transform(
        string_split(coalesce(raw.actor2, ''), ';'),
        lambda named: {
            'name': nullif(trim(named), ''),
            'sector': coalesce(raw.actor2_sector, 'GOV'),
            'words': null::varchar
        }
    ) as sides2,
    trim(raw.code) as cameo_code,
    null::varchar as cameo_base,
    true as is_country1,
    true as is_country2,
    try_cast(raw.goldstein as double) as goldstein_reported,
    1::bigint as n_mentions,
    raw.category as category,
    raw.title as deed,
    raw.source_name as source_name,
    raw.source_url as source_url,
    try_cast(raw.latitude as double) as latitude,
    try_cast(raw.longitude as double) as longitude,
    if(try_strptime(raw.event_date, getvariable('date_format')) is null, getvariable('date_column'), null) as problem,
    null::varchar as outside,
from raw
