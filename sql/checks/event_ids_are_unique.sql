-- The same event twice would count twice.
select
    source,
    event_id,
    count(*) as n,
from core.event
group by source, event_id
having count(*) > 1;
