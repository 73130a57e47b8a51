-- How many events of a day a source reported in scope (reason null) and outside it, by reason.
create or replace table marts.volume_reason_day as
select source, event_date as day, null::varchar as reason, count(*) as n_events
from core.event
group by all
union all
select source, event_date as day, reason, count(*) as n_events
from core.store_other
group by all
order by source, day, reason nulls first;
