-- In which months was the net score of a dyad below zero beyond chance? Only months with enough
-- occurrences for an interval; with several hundred of them some fall below zero by chance alone.
select
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
order by net_hi, actor1_iso3, actor2_iso3, period_start;
