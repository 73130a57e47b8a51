-- How does each dyad stand month by month before and after launches and tests, by event study and
-- by local projection? Zero is the last month before.
select
    actor1_iso3,
    actor2_iso3,
    method,
    horizon,
    round(effect, 2) as effect,
    round(effect_lo, 2) as effect_lo,
    round(effect_hi, 2) as effect_hi,
    p_adjusted,
from stats.event_path
where
    event_kind = 'Launches and tests'
    and not is_refused
    and source = 'records'
    and counting = 'all'
    and measure = 'net'
order by actor1_iso3, actor2_iso3, method, horizon;
