-- What the store keeps of an event that another row told first: everything, since this row counts
-- when the file of the other is replaced by one without it.
select
    event_id || if(n_pairs > 1 and reason is null, ':' || actor1_iso3 || '>' || actor2_iso3, '')
        as event_id,
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
    is_preliminary,
    cameo_code,
    goldstein_reported,
    quad_class_reported,
    coalesce(n_mentions, 1) as n_mentions,
    n_sources,
    is_root_event,
    avg_tone,
    n_deaths,
    n_deaths_low,
    n_deaths_high,
    contexts,
    unknown_names,
    category,
    title,
    source_name,
    source_url,
    place_country,
    latitude,
    longitude,
    raw_file_id,
    raw_row,
    reason,
    actor1_name,
    actor2_name,
    if(reason = 'an actor is unknown' and not is_known1, actor1_name, null) as unknown1,
    if(reason = 'an actor is unknown' and not is_known2, actor2_name, null) as unknown2,
from coded
where
    problem is null
    and batch_row in (select batch_row from duplicate)
