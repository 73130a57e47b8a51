-- What the store keeps of an event outside the scope: enough to count it once, by day and reason,
-- and to list the names that no reference table knows.
select
    event_id,
    event_date,
    reason,
    actor1_name,
    actor2_name,
    unknown1,
    unknown2,
    cameo_code,
    told_at,
    numbering,
    numbered_in,
    raw_file_id,
    raw_row,
from kept
where
    reason is not null
    and batch_row not in (select batch_row from duplicate)
