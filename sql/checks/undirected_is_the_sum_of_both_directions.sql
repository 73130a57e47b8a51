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
        sum(net::decimal(18, 6)) as net,
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
        or undirected.net::decimal(18, 6) is distinct from directions.net
    );
