-- The five best and the five worst months of each dyad of the study, by net score; of complete months
-- alone.
select
    month.actor1_iso3,
    month.actor2_iso3,
    month.period_start,
    month.net,
    month.n_events,
    row_number() over (dyad order by month.net desc, month.period_start) as rank_from_best,
    row_number() over (dyad order by month.net, month.period_start) as rank_from_worst,
from marts.dyad_month as month
where
    month.source = $source
    and month.counting = $counting
    and month.direction = 'undirected'
    and month.n_events > 0
    and month.is_complete
    and ($dyad is null or month.actor1_iso3 || '-' || month.actor2_iso3 = $dyad)
window dyad as (partition by month.actor1_iso3, month.actor2_iso3)
qualify rank_from_best <= 5 or rank_from_worst <= 5
order by month.actor1_iso3, month.actor2_iso3, month.net desc;
