-- relative_net lies in [-1, 1], mean_goldstein on the scale, score in [-9, 9], the stock and
-- z-score are numbers, bounds hold their value, and counts add up to the quad classes.
select
    period.freq,
    period.source,
    period.counting,
    period.direction,
    period.actor1_iso3,
    period.actor2_iso3,
    period.period_start,
    period.n_events,
    period.net,
    period.mean_goldstein,
    period.relative_net,
    period.score,
    period.stock,
from marts.dyad_period as period
inner join meta.scale as scale using (scale)
where
    period.relative_net not between -1 and 1
    or period.mean_goldstein not between scale.lowest - 1e-9 and scale.highest + 1e-9
    or period.score not between -9 and 9
    or period.net_percentile not between 0 and 100
    or not isfinite(period.stock)
    or not isfinite(coalesce(period.net_z, 0))
    -- The bootstrap counts in millionths.
    or period.net not between coalesce(period.net_lo, period.net) - 1e-6 * (1 + period.n_events)
    and coalesce(period.net_hi, period.net) + 1e-6 * (1 + period.n_events)
    or period.mean_goldstein
    not between coalesce(period.mean_goldstein_lo, period.mean_goldstein) - 1e-6
    and coalesce(period.mean_goldstein_hi, period.mean_goldstein) + 1e-6
    or period.relative_net not between coalesce(period.relative_net_lo, period.relative_net) - 1e-6
    and coalesce(period.relative_net_hi, period.relative_net) + 1e-6
    or period.n_events <> period.n_quad1 + period.n_quad2 + period.n_quad3 + period.n_quad4
    or period.n_cooperation + period.n_conflict + period.n_unvalued > period.n_events;
