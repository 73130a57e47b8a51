-- What the store keeps of an event outside the scope: enough to count it once, by day and reason.
select
    event_id,
    event_date,
    reason,
    actor1_name,
    actor2_name,
    cameo_code,
    raw_file_id,
    raw_row,
from coded
where
    problem is null
    and reason is not null
    and batch_row not in (select batch_row from duplicate)
