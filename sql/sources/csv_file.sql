-- A file of the user's own. What stands in $[...] is the column that detente.toml names for it, or
-- null. A row without an identity is told by its content. A row counts as published on its day
-- where the file does not say more. Several actors of one side are parted by semicolons.
select
    coalesce(
        $[event_id],
        left(md5(concat_ws('|', $[event_date], $[actor1], $[actor2], $[code], $[title])), 16)
    ) as event_id,
    try_strptime($[event_date], $[date_format])::date as event_date,
    coalesce(
        try_cast($[added_at] as timestamp),
        try_strptime($[event_date], $[date_format])
    ) as added_at,
    list_transform(
        string_split(coalesce($[actor1], ''), ';'),
        lambda named: {
            'name': nullif(trim(named), ''),
            'sector': coalesce($[actor1_sector], 'GOV'),
            'words': null::varchar
        }
    ) as sides1,
    list_transform(
        string_split(coalesce($[actor2], ''), ';'),
        lambda named: {
            'name': nullif(trim(named), ''),
            'sector': coalesce($[actor2_sector], 'GOV'),
            'words': null::varchar
        }
    ) as sides2,
    trim($[code]) as cameo_code,
    null::varchar as cameo_base,
    true as is_country1,
    true as is_country2,
    try_cast($[goldstein] as double) as goldstein_reported,
    1::bigint as n_mentions,
    $[category] as category,
    $[title] as deed,
    $[source_name] as source_name,
    $[source_url] as source_url,
    try_cast($[latitude] as double) as latitude,
    try_cast($[longitude] as double) as longitude,
    if(try_strptime($[event_date], $[date_format]) is null, $[date_column], null) as problem,
    null::varchar as outside,
from raw
