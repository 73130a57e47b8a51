-- Of events outside the days that changed, those that have the id of one that arrived.
insert into checked_event by name
select store_event.*
from core.store_event
semi join before.arrived using (source, event_id)
where event_date not in (select day from before.wanted_day);
