-- How far sources agree on a dyad: the correlation of their monthly net scores over the months that
-- both cover completely. The row without actors is the pair of sources as a whole: the correlations
-- weighted by the events that stand behind them (after Schrodt's weighted correlation;
-- docs/methods.md).
create or replace table stats.source_agreement as
with
pairs as (
    select
        one.source as source1,
        other.source as source2,
        one.counting,
        one.actor1_iso3,
        one.actor2_iso3,
        count(*) as n_periods,
        sum(one.n_events + other.n_events)::bigint as n_events,
        -- Where one source never moves there is no correlation.
        case
            when stddev_pop(one.net) > 0 and stddev_pop(other.net) > 0
                then corr(one.net, other.net)
        end as correlation,
    from marts.dyad_value as one
    inner join marts.dyad_value as other
        using (freq, counting, direction, actor1_iso3, actor2_iso3, period_start)
    where
        one.source < other.source
        and freq = 'month'
        and direction = 'undirected'
        and one.is_complete
        and other.is_complete
    group by all
)

select *
from pairs
union all
select
    source1,
    source2,
    counting,
    null as actor1_iso3,
    null as actor2_iso3,
    sum(n_periods)::bigint as n_periods,
    sum(n_events)::bigint as n_events,
    sum(correlation * n_events) / nullif(sum(n_events), 0) as correlation,
from pairs
where correlation is not null
group by all
order by source1, source2, counting, actor1_iso3 nulls first, actor2_iso3;
