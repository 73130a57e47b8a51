-- What the store keeps of an event that another row told first: everything, since this row counts
-- when the file of the other is replaced by one without it.
select * exclude (batch_row)
from kept
where batch_row in (select batch_row from duplicate)
