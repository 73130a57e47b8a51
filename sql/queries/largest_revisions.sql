-- Which months moved most since they were first known? Months that never changed are left out.
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
where counting = 'all' and (net_revision <> 0 or n_events <> n_events_at_end)
order by abs(net_revision) desc, source, actor1_iso3, actor2_iso3, period_start
limit 50;
