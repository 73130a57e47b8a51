-- What did single events of note do to a dyad? The jumps with the smallest p-values of each kind,
-- raw and corrected for all events of the kind: most stand out by chance alone.
select
    event_kind,
    actor1_iso3,
    actor2_iso3,
    event_date,
    title,
    round(effect, 2) as effect,
    round(effect_lo, 2) as effect_lo,
    round(effect_hi, 2) as effect_hi,
    p_value,
    p_adjusted,
from stats.single_event
where
    not is_refused
    and source = $source
    and counting = $counting
    and measure = $measure
qualify row_number() over (partition by event_kind order by p_value, event_date) <= 10
order by event_kind, p_value, event_date, actor1_iso3, actor2_iso3;
