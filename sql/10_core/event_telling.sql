-- Every row that reports a machine-coded event: the one that counts, which is in core.event, and
-- those that a later release replaced or another file had reported before. A preliminary event and
-- what became of it are both here under one event_id; of an event that was withdrawn none counts.
create or replace view core.event_telling as
select
    event_id,
    source,
    true as is_current,
    is_preliminary,
    event_date,
    actor1_iso3,
    actor2_iso3,
    cameo_code,
    n_deaths,
    title,
    raw_file_id,
    raw_row,
from core.store_event
union all
select
    part.event_id,
    part.source,
    false as is_current,
    coalesce(part.is_preliminary, false) as is_preliminary,
    part.event_date,
    part.actor1_iso3,
    part.actor2_iso3,
    part.cameo_code,
    part.n_deaths,
    part.title,
    part.raw_file_id,
    part.raw_row,
from core.part_again() as part
cross join meta.study as study
where part.actor1_iso3 is not null and part.event_date <= study.as_of;
