-- Does the second opinion agree? Each break of the mean, and the nearest change of the likeliest
-- regime of the switching model; null where that model was refused or its regime never changes.
with
changes as (
    select
        *,
        lag(regime) over (
            partition by source, counting, freq, measure, actor1_iso3, actor2_iso3
            order by period_start
        ) as regime_before,
    from stats.regime
    where not is_refused
)

select
    point.actor1_iso3,
    point.actor2_iso3,
    point.last_before,
    point.last_before_lo,
    point.last_before_hi,
    min_by(
        changes.period_start, abs(date_diff('day', point.last_before, changes.period_start))
    ) as nearest_change,
    min(abs(date_diff('month', point.last_before, changes.period_start))) as months_apart,
    any_value(changes.sentence) as regimes,
from stats.break_point as point
left join changes
    on
        changes.source = point.source
        and changes.counting = point.counting
        and changes.freq = point.freq
        and changes.measure = point.measure
        and changes.actor1_iso3 = point.actor1_iso3
        and changes.actor2_iso3 = point.actor2_iso3
        and changes.regime <> changes.regime_before
where point.source = $source and point.counting = $counting and point.measure = $measure
group by all
order by point.actor1_iso3, point.actor2_iso3, point.last_before;
