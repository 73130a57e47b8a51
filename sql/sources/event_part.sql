-- What the store keeps of an accepted event.
select * exclude (batch_row, reason, actor1_name, actor2_name, unknown1, unknown2)
from kept
where
    reason is null
    and batch_row not in (select batch_row from duplicate)
order by event_date, batch_row
