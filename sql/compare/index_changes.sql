-- How the months of each dyad differ from the database published before: the net score (all events,
-- both directions) then and now, the difference in standard deviations of the dyad's earlier months,
-- and how improbable the month is given those before it (stats.level). A month that was not there
-- before counts from zero: what is new in it is the change.
with
before as (
    select *
    from previous.marts.dyad_period
    where freq = 'month' and direction = 'undirected' and counting = 'all'
),

now as (
    select *
    from marts.dyad_period
    where freq = 'month' and direction = 'undirected' and counting = 'all'
),

spread as (
    select
        source,
        actor1_iso3,
        actor2_iso3,
        stddev_samp(net) as net_sd,
    from before
    where is_complete
    group by all
    having count(*) >= 24
),

months as (
    select
        source,
        actor1_iso3,
        actor2_iso3,
        period_start,
        coalesce(before.n_events, 0) as n_events_before,
        coalesce(now.n_events, 0) as n_events,
        coalesce(before.net, 0) as net_before,
        coalesce(now.net, 0) as net,
    from before
    full join now using (source, actor1_iso3, actor2_iso3, period_start)
)

select
    months.*,
    months.net - months.net_before as change,
    (months.net - months.net_before) / nullif(spread.net_sd, 0) as change_in_sd,
    level.surprise,
from months
left join spread using (source, actor1_iso3, actor2_iso3)
left join stats.level as level
    on
        level.source = months.source
        and level.counting = 'all'
        and level.kind = 'filtered'
        and level.actor1_iso3 = months.actor1_iso3
        and level.actor2_iso3 = months.actor2_iso3
        and level.period_start = months.period_start
where months.n_events <> months.n_events_before or abs(months.net - months.net_before) > 1e-9
order by
    level.surprise nulls last, abs(change_in_sd) desc nulls last, abs(change) desc,
    source, actor1_iso3, actor2_iso3, period_start;
