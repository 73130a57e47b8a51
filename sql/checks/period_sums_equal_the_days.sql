-- Each dyad's months (and weeks, quarters, years) add up to its days. A difference means that a
-- period is missing: the source has events outside the days that it is said to cover.
with
days as (
    select
        source,
        counting,
        actor1_iso3,
        actor2_iso3,
        sum(n_events) as n_events,
        sum(cooperation::decimal(18, 6)) as cooperation,
        sum(conflict::decimal(18, 6)) as conflict,
    from marts.dyad_day
    group by all
),

periods as (
    select
        freq,
        source,
        counting,
        actor1_iso3,
        actor2_iso3,
        sum(n_events) as n_events,
        sum(cooperation::decimal(18, 6)) as cooperation,
        sum(conflict::decimal(18, 6)) as conflict,
    from marts.dyad_period
    where direction = 'directed'
    group by all
)

select
    periods.*,
    days.n_events as n_events_of_days,
    days.cooperation as cooperation_of_days,
    days.conflict as conflict_of_days,
from periods
left join days using (source, counting, actor1_iso3, actor2_iso3)
where
    periods.n_events <> coalesce(days.n_events, 0)
    or periods.cooperation <> coalesce(days.cooperation, 0)
    or periods.conflict <> coalesce(days.conflict, 0);
