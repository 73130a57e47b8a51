-- What the store keeps of an event outside the scope: enough to count it once, by day and reason.
select
    staged.event_id,
    staged.event_date,
    coded.reason,
    staged.actor1_name,
    staged.actor2_name,
    coded.cameo_code,
    coded.raw_file_id,
    coded.raw_row,
from coded
inner join staged on staged.rowid = coded.batch_row
where
    coded.problem is null
    and coded.reason is not null
    and coded.batch_row not in (select batch_row from duplicate)
