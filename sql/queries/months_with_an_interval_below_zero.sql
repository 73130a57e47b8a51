-- In which complete months was the net score of a dyad below zero beyond chance, by source? Only months
-- with enough occurrences for an interval; with several hundred of them some fall below zero by
-- chance alone.
select
    source,
    actor1_iso3,
    actor2_iso3,
    period_start,
    net,
    net_lo,
    net_hi,
    n_occurrences,
    interval_rule,
from marts.dyad_month
where
    counting = 'all'
    and direction = 'undirected'
    and net_hi < 0
    and is_complete
order by source, net_hi, actor1_iso3, actor2_iso3, period_start;
