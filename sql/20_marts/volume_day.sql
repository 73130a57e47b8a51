-- All events that a source reported on a day, in or out of scope: the denominator of the
-- normalised index, kept visible.
create or replace table marts.volume_day as
select
    source,
    counting,
    day,
    sum(n_events)::bigint as n_events,
from marts.dyad_day
group by source, counting, day
order by source, counting, day;
