-- balance lies in [-1, 1], mean_goldstein in [-10, 10], counts add up to the quad classes.
select
    freq, source, counting, direction, actor1_iso3, actor2_iso3, period_start,
    balance,
    mean_goldstein,
    n_events,
from marts.dyad_period
where
    balance not between -1 and 1
    or mean_goldstein not between -10 and 10
    or n_events <> n_quad1 + n_quad2 + n_quad3 + n_quad4
    or n_cooperation + n_conflict > n_events;
