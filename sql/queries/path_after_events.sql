-- How does each dyad stand month by month before and after the records of one kind (--kind takes the
-- label of a file of records), by event study and by local projection? Zero is the last month before.
select
    actor1_iso3,
    actor2_iso3,
    event_kind,
    method,
    horizon,
    round(effect, 2) as effect,
    round(effect_lo, 2) as effect_lo,
    round(effect_hi, 2) as effect_hi,
    p_adjusted,
from stats.event_path
where
    ($kind is null or event_kind = $kind)
    and not is_refused
    and source = $source
    and counting = $counting
    and measure = $measure
    and ($dyad is null or actor1_iso3 || '-' || actor2_iso3 = $dyad)
order by event_kind, actor1_iso3, actor2_iso3, method, horizon;
