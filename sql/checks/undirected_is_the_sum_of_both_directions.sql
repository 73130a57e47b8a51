-- Swapping the actors of a dyad swaps its two directions and leaves their sum alone.
with
directions as (
    select
        freq,
        source,
        counting,
        least(actor1_iso3, actor2_iso3) as actor1_iso3,
        greatest(actor1_iso3, actor2_iso3) as actor2_iso3,
        period_start,
        sum(n_events) as n_events,
        sum(net::decimal(38, 12)) as net,
    from marts.dyad_period
    where direction = 'directed'
    group by all
)

select
    undirected.freq,
    undirected.source,
    undirected.counting,
    undirected.actor1_iso3,
    undirected.actor2_iso3,
    undirected.period_start,
    undirected.net,
    directions.net as net_of_directions,
from marts.dyad_period as undirected
left join directions using (freq, source, counting, actor1_iso3, actor2_iso3, period_start)
where
    undirected.direction = 'undirected'
    and (
        undirected.n_events is distinct from directions.n_events
        -- A millionth is left to rounding where weights are logarithms.
        or (undirected.net is null) <> (directions.net is null)
        or abs(undirected.net - directions.net) > 1e-6
    );
