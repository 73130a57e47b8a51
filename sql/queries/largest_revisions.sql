-- Which months moved most since they were first known?
select
    source,
    actor1_iso3,
    actor2_iso3,
    period_start,
    n_events_at_end,
    n_events,
    net_at_end,
    net,
    net_revision,
    last_known_on,
from stats.revision
where counting = 'all'
order by abs(net_revision) desc, source, actor1_iso3, actor2_iso3, period_start
limit 50;
