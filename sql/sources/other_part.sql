-- What the store keeps of an event outside the scope: enough to count it once, by day and reason,
-- and to list the names that no reference table knows.
select
    event_id,
    event_date,
    reason,
    actor1_name,
    actor2_name,
    if(reason = 'an actor is unknown' and not is_known1, actor1_name, null) as unknown1,
    if(reason = 'an actor is unknown' and not is_known2, actor2_name, null) as unknown2,
    cameo_code,
    raw_file_id,
    raw_row,
from coded
where
    problem is null
    and reason is not null
    and batch_row not in (select batch_row from duplicate)
