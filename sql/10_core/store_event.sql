-- Machine-coded events in scope, read from exactly the parts that the store's list named when this
-- database was built. What follows from the code is looked up in the code table. Only what was
-- published by the day as of which the database stands.
create or replace view core.store_event as
select
    part.event_id,
    part.source,
    part.event_date,
    part.added_at,
    part.actor1_iso3,
    part.actor2_iso3,
    part.actor1_sector,
    part.actor2_sector,
    part.is_official,
    coalesce(part.is_preliminary, false) as is_preliminary,
    part.cameo_code,
    cameo.cameo_root,
    cameo.plover_type,
    cameo.quad_class,
    part.quad_class_reported,
    cameo.goldstein,
    part.goldstein_reported,
    part.n_mentions,
    1::double as counted_share,
    part.n_sources,
    part.is_root_event,
    part.avg_tone,
    part.n_deaths,
    part.n_deaths_low,
    part.n_deaths_high,
    part.contexts,
    part.unknown_names,
    part.category,
    part.title,
    part.source_url,
    part.source_name,
    part.place_country,
    part.latitude,
    part.longitude,
    null::varchar as record_id,
    part.raw_file_id,
    part.raw_row,
from core.part_event() as part
inner join core.cameo as cameo using (cameo_code)
cross join meta.study as study
where part.added_at < study.as_of + interval 1 day and part.event_date <= study.as_of;
