-- Each dyad's months (and weeks, quarters, years) add up to its days. A difference means that a
-- period is missing between the first and the last of the source. Days before the first period are
-- left alone: machine-coded files tell of events that are older than the days the source covers.
with
periods as (
    select
        freq,
        source,
        counting,
        actor1_iso3,
        actor2_iso3,
        min(period_start) as first_day,
        max(period_end) as last_day,
        coalesce(sum(n_events), 0) as n_events,
        coalesce(sum(cooperation::decimal(38, 12)), 0) as cooperation,
        coalesce(sum(conflict::decimal(38, 12)), 0) as conflict,
    from marts.dyad_period
    where direction = 'directed'
    group by all
),

-- Of these nothing could be known, as of days on which a state did not exist; what files tell of
-- them all the same is no sum of the period.
unknown as (
    select freq, source, counting, actor1_iso3, actor2_iso3, period_start, period_end
    from marts.dyad_period
    where direction = 'directed' and n_events is null
),

days as (
    select
        periods.freq,
        periods.source,
        periods.counting,
        periods.actor1_iso3,
        periods.actor2_iso3,
        sum(dyad_day.n_events) as n_events,
        sum(dyad_day.cooperation::decimal(38, 12)) as cooperation,
        sum(dyad_day.conflict::decimal(38, 12)) as conflict,
    from periods
    inner join marts.dyad_day as dyad_day using (source, counting, actor1_iso3, actor2_iso3)
    anti join unknown
        on
            unknown.freq = periods.freq
            and unknown.source = periods.source
            and unknown.counting = periods.counting
            and unknown.actor1_iso3 = periods.actor1_iso3
            and unknown.actor2_iso3 = periods.actor2_iso3
            and dyad_day.day between unknown.period_start and unknown.period_end
    anti join core.state_absence as absence
        on
            absence.iso3 = dyad_day.actor1_iso3
            and dyad_day.day between absence.first_day and absence.last_day
    anti join core.state_absence as other_absence
        on
            other_absence.iso3 = dyad_day.actor2_iso3
            and dyad_day.day between other_absence.first_day and other_absence.last_day
    where
        meta.is_hand_kept(dyad_day.source)
        or dyad_day.day between periods.first_day and periods.last_day
    group by all
)

select
    periods.*,
    days.n_events as n_events_of_days,
    days.cooperation as cooperation_of_days,
    days.conflict as conflict_of_days,
from periods
left join days using (freq, source, counting, actor1_iso3, actor2_iso3)
where
    periods.n_events <> coalesce(days.n_events, 0)
    -- A millionth is left to rounding where weights are logarithms.
    or abs(periods.cooperation - coalesce(days.cooperation, 0)) > 1e-6
    or abs(periods.conflict - coalesce(days.conflict, 0)) > 1e-6;
