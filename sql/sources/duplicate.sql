-- Rows of the batch whose event another row of it reports that counts: of a later version where the
-- source says when, else earlier by file name and line, so that the order of loading does not matter.
create or replace temp table duplicate as
with
repeated as (
    select event_id
    from coded
    where problem is null
    group by event_id
    having min(batch_row) <> max(batch_row)
)

select distinct batch_row, event_id, raw_file_id
from coded
inner join repeated using (event_id)
where problem is null
qualify
    dense_rank() over (
        partition by event_id order by told_at desc nulls last, raw_file_id, raw_row
    ) > 1
