-- What the store keeps of an event that another row told first: everything, since this row counts
-- when the file of the other is replaced by one without it.
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
    reason,
    actor1_name,
    actor2_name,
from coded
where
    problem is null
    and batch_row in (select batch_row from duplicate)
