-- What became known of a month, month after month, adds up to the month as it stands.
with
known as (
    select
        source, counting, actor1_iso3, actor2_iso3, period_start,
        sum(net) as net,
        sum(n_conflict) as n_conflict,
    from stats.vintage
    group by all
)

select
    month.source,
    month.counting,
    month.actor1_iso3,
    month.actor2_iso3,
    month.period_start,
    month.net as net_of_month,
    known.net as net_of_vintages,
    month.n_conflict as n_conflict_of_month,
    known.n_conflict as n_conflict_of_vintages,
from marts.dyad_month as month
left join known using (source, counting, actor1_iso3, actor2_iso3, period_start)
where
    month.direction = 'directed'
    and (
        abs(month.net - coalesce(known.net, 0)) > 1e-6 * greatest(1, month.cooperation + month.conflict)
        or month.n_conflict <> coalesce(known.n_conflict, 0)
    );
