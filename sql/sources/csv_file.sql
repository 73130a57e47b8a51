-- A file of the user's own. What stands in $[...] is the column that detente.toml names for it, or
-- null. A row without an identity is told by its content. A row counts as published on its day
-- where the file does not say more.
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
    trim($[actor1]) as actor1_name,
    trim($[actor2]) as actor2_name,
    coalesce($[actor1_sector], 'GOV') as actor1_sector,
    coalesce($[actor2_sector], 'GOV') as actor2_sector,
    trim($[code]) as cameo_code,
    null::varchar as cameo_base,
    try_cast($[goldstein] as double) as goldstein_reported,
    1::bigint as n_mentions,
    $[category] as category,
    $[title] as title,
    $[source_name] as source_name,
    $[source_url] as source_url,
    try_cast($[latitude] as double) as latitude,
    try_cast($[longitude] as double) as longitude,
    if(try_strptime($[event_date], $[date_format]) is null, $[date_column], null) as problem,
    null::varchar as outside,
from raw
