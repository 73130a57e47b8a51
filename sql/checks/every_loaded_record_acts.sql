-- A record that was loaded makes at least one event, unless it happened after the day as of which
-- the database stands. Otherwise a join to the codes or actors lost it.
select
    record.record_id,
    record.raw_file_id,
    record.raw_row,
from core.record as record
cross join meta.study as study
where
    record.event_date <= study.as_of
    and record.record_id not in (
        select event.record_id from core.event as event where event.record_id is not null
    );
