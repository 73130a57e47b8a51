-- North Korean provocations as CSIS Beyond Parallel lists them, one a row and without a number: its
-- day, kind and words are its identity. A launch or nuclear test is an act towards South Korea,
-- which every class of missile reaches; the other states that a class reaches are told by the
-- hand-kept records. The other kinds of provocation stay outside: the records do not have them.
-- The list does not say when an entry was made; it counts as published on the day.
select
    date || ':' || left(md5(concat_ws('|', date, type, event, description)), 12) as event_id,
    try_strptime(date, '%Y-%m-%d')::date as event_date,
    try_strptime(date, '%Y-%m-%d') as added_at,
    'PRK' as actor1_name,
    'KOR' as actor2_name,
    'GOV' as actor1_sector,
    'GOV' as actor2_sector,
    '150' as cameo_code,
    null::varchar as cameo_base,
    true as is_country1,
    true as is_country2,
    null::double as goldstein_reported,
    1::bigint as n_mentions,
    case type
        when 'Missile Provocation' then 'missile_launch'
        when 'Nuclear Provocation' then 'nuclear_test'
    end as category,
    event as title,
    'CSIS Beyond Parallel' as source_name,
    if(starts_with(resources, 'http'), split_part(resources, ' ', 1), null) as source_url,
    null::double as latitude,
    null::double as longitude,
    case
        when try_strptime(date, '%Y-%m-%d') is null then 'date'
        when type is null then 'type'
    end as problem,
    if(
        type not in ('Missile Provocation', 'Nuclear Provocation'),
        'no launch and no nuclear test',
        null
    ) as outside,
from raw
