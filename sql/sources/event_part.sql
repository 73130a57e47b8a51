-- What the store keeps of an accepted event. Root, quad class, PLOVER type and Goldstein value
-- follow from the code and are looked up when the events are read, so that a corrected reference
-- table needs no loading anew.
select
    event_id,
    event_date,
    added_at,
    actor1_iso3,
    actor2_iso3,
    actor1_sector,
    actor2_sector,
    coalesce(
        actor1_sector in ('GOV', 'MIL', 'LEG', 'JUD', 'COP', 'SPY')
        and actor2_sector in ('GOV', 'MIL', 'LEG', 'JUD', 'COP', 'SPY'),
        false
    ) as is_official,
    cameo_code,
    goldstein_reported,
    coalesce(n_mentions, 1) as n_mentions,
    category,
    title,
    source_name,
    source_url,
    latitude,
    longitude,
    raw_file_id,
    raw_row,
from coded
where
    problem is null
    and reason is null
    and batch_row not in (select batch_row from duplicate)
order by event_date, event_id
