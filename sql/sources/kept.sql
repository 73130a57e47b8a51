-- Everything that the store keeps of an accepted row. Root, quad class, PLOVER type and Goldstein value
-- follow from the code and are looked up when the events are read, so that a corrected reference
-- table needs no loading anew. Of a row that names several actors each pair has a name of its own.
create or replace temp view kept as
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
    told_at,
    numbering,
    numbered_in,
    raw_file_id,
    raw_row,
    batch_row,
    reason,
    actor1_name,
    actor2_name,
    if(reason = 'an actor is unknown' and not is_known1, actor1_name, null) as unknown1,
    if(reason = 'an actor is unknown' and not is_known2, actor2_name, null) as unknown2,
from coded
where problem is null
