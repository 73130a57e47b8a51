-- Private.
-- Machine-coded events outside the scope: who the two sides are in the source's own codes, and why
-- the event is not in core.event. They count in the volume of a day.
create or replace view core.store_other as
select
    part.event_id,
    part.source,
    part.event_date,
    part.reason,
    part.actor1_name,
    part.actor2_name,
    part.unknown1,
    part.unknown2,
    part.cameo_code,
    part.raw_file_id,
    part.raw_row,
from core.part_other() as part
cross join meta.study as study
where part.event_date <= study.as_of;
