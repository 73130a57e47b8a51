-- What the store keeps of an accepted event. Root, quad class, PLOVER type and Goldstein value
-- follow from the code and are looked up when the events are read, so that a corrected reference
-- table needs no loading anew.
select
    staged.event_id,
    staged.event_date,
    staged.added_at,
    coded.actor1_iso3,
    coded.actor2_iso3,
    staged.actor1_sector,
    staged.actor2_sector,
    coalesce(
        staged.actor1_sector in ('GOV', 'MIL', 'LEG', 'JUD', 'COP', 'SPY')
        and staged.actor2_sector in ('GOV', 'MIL', 'LEG', 'JUD', 'COP', 'SPY'),
        false
    ) as is_official,
    coded.cameo_code,
    staged.goldstein_reported,
    coalesce(staged.n_mentions, 1) as n_mentions,
    staged.category,
    staged.title,
    staged.source_name,
    staged.source_url,
    staged.latitude,
    staged.longitude,
    coded.raw_file_id,
    coded.raw_row,
from coded
inner join staged on staged.rowid = coded.batch_row
where
    coded.problem is null
    and coded.reason is null
    and coded.batch_row not in (select batch_row from duplicate)
order by staged.event_date, staged.event_id
