-- Whose shocks drive whom a year ahead? The part of each side's forecast-error variance that is
-- attributed to shocks in the other side's acts, generalised and in each dyad's own order.
select
    actor1_iso3,
    actor2_iso3,
    response,
    impulse,
    response_kind,
    round(share, 3) as share,
    round(share_lo, 3) as share_lo,
    round(share_hi, 3) as share_hi,
from stats.variance_decomposition
where
    not is_refused
    and impulse <> response
    and source = $source
    and counting = $counting
    and measure = $measure
qualify horizon = max(horizon) over ()
order by actor1_iso3, actor2_iso3, response, response_kind;
