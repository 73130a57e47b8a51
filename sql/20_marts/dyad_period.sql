-- The one definition of every index, for weeks (ISO, from Monday), months, quarters and years, for
-- the dyads of the study, directed and undirected. Periods without events inside the source's
-- coverage are present: zero for sums, null for ratios. `stock` is the sum of all past daily net
-- scores, each halved every half-life, at the period's last day (or the last covered one): exact
-- under irregular gaps, since each day is scaled once by 2^(days / half-life) and the running sum
-- is scaled back.
create or replace table marts.dyad_period as
with
freqs as (
    select *
    from (
        values
        ('week', interval 7 days),
        ('month', interval 1 month),
        ('quarter', interval 3 months),
        ('year', interval 1 year)
    ) as freqs (freq, step)
),

countings as (
    select unnest(['all', 'one_a_day']) as counting
),

pairs as (
    select 'undirected' as direction, actor1_iso3, actor2_iso3 from meta.study_dyad
    union all
    select 'directed' as direction, actor1_iso3, actor2_iso3 from meta.study_dyad
    union all
    select 'directed' as direction, actor2_iso3, actor1_iso3 from meta.study_dyad
),

undirected_day as (
    select
        source,
        counting,
        least(actor1_iso3, actor2_iso3) as actor1_iso3,
        greatest(actor1_iso3, actor2_iso3) as actor2_iso3,
        day,
        sum(n_events) as n_events,
        sum(n_cooperation) as n_cooperation,
        sum(n_conflict) as n_conflict,
        sum(n_quad1) as n_quad1,
        sum(n_quad2) as n_quad2,
        sum(n_quad3) as n_quad3,
        sum(n_quad4) as n_quad4,
        -- As decimals: the sum does not depend on the order of the rows.
        sum(cooperation::decimal(18, 6))::double as cooperation,
        sum(conflict::decimal(18, 6))::double as conflict,
    from marts.dyad_day
    group by all
),

daily as (
    select 'directed' as direction, * from marts.dyad_day
    union all by name
    select 'undirected' as direction, * from undirected_day
),

summed as (
    select
        freqs.freq,
        daily.source,
        daily.counting,
        daily.direction,
        daily.actor1_iso3,
        daily.actor2_iso3,
        date_trunc(freqs.freq, daily.day)::date as period_start,
        sum(daily.n_events)::bigint as n_events,
        sum(daily.n_cooperation)::bigint as n_cooperation,
        sum(daily.n_conflict)::bigint as n_conflict,
        sum(daily.n_quad1)::bigint as n_quad1,
        sum(daily.n_quad2)::bigint as n_quad2,
        sum(daily.n_quad3)::bigint as n_quad3,
        sum(daily.n_quad4)::bigint as n_quad4,
        sum(daily.cooperation::decimal(18, 6))::double as cooperation,
        sum(daily.conflict::decimal(18, 6))::double as conflict,
        sum(
            (daily.cooperation - daily.conflict)
            * pow(2, date_diff('day', study.start_date, daily.day) / study.half_life_days)
            order by daily.day
        ) as net_scaled,
    from daily
    inner join pairs using (direction, actor1_iso3, actor2_iso3)
    cross join freqs
    cross join meta.study as study
    group by all
),

volume as (
    select
        freqs.freq,
        volume_day.source,
        volume_day.counting,
        date_trunc(freqs.freq, volume_day.day)::date as period_start,
        sum(volume_day.n_events)::bigint as n_source_events,
    from marts.volume_day as volume_day
    cross join freqs
    group by all
),

spine as (
    select
        freqs.freq,
        freqs.step,
        coverage.source,
        coverage.last_day,
        coverage.complete_to,
        unnest(
            generate_series(
                date_trunc(freqs.freq, coverage.first_day),
                date_trunc(freqs.freq, coverage.last_day),
                freqs.step
            )
        )::date as period_start,
    from meta.coverage as coverage
    cross join freqs
),

periods as (
    select *, (period_start + step - interval 1 day)::date as period_end
    from spine
),

filled as (
    select
        periods.freq,
        periods.source,
        countings.counting,
        pairs.direction,
        pairs.actor1_iso3,
        pairs.actor2_iso3,
        periods.period_start,
        periods.period_end,
        periods.period_end <= periods.complete_to as is_complete,
        least(periods.period_end, periods.last_day) as stock_day,
        coalesce(summed.n_events, 0) as n_events,
        coalesce(summed.n_cooperation, 0) as n_cooperation,
        coalesce(summed.n_conflict, 0) as n_conflict,
        coalesce(summed.n_quad1, 0) as n_quad1,
        coalesce(summed.n_quad2, 0) as n_quad2,
        coalesce(summed.n_quad3, 0) as n_quad3,
        coalesce(summed.n_quad4, 0) as n_quad4,
        coalesce(summed.cooperation, 0) as cooperation,
        coalesce(summed.conflict, 0) as conflict,
        coalesce(summed.net_scaled, 0) as net_scaled,
        coalesce(volume.n_source_events, 0) as n_source_events,
    from periods
    cross join countings
    cross join pairs
    left join summed
        using (freq, source, counting, direction, actor1_iso3, actor2_iso3, period_start)
    left join volume
        using (freq, source, counting, period_start)
)

select
    filled.freq,
    filled.source,
    filled.counting,
    filled.direction,
    filled.actor1_iso3,
    filled.actor2_iso3,
    filled.period_start,
    filled.period_end,
    filled.n_events,
    filled.n_cooperation,
    filled.n_conflict,
    filled.n_quad1,
    filled.n_quad2,
    filled.n_quad3,
    filled.n_quad4,
    filled.cooperation,
    filled.conflict,
    filled.cooperation - filled.conflict as net,
    (filled.cooperation - filled.conflict) / nullif(filled.n_events, 0) as mean_goldstein,
    (filled.cooperation - filled.conflict)
    / nullif(filled.cooperation + filled.conflict, 0) as balance,
    1000 * (filled.cooperation - filled.conflict)
    / nullif(filled.n_source_events, 0) as net_per_1k,
    filled.n_source_events,
    sum(filled.net_scaled) over series
    / pow(2, date_diff('day', study.start_date, filled.stock_day) / study.half_life_days) as stock,
    filled.n_events = 0 as is_zero_filled,
    filled.is_complete,
from filled
cross join meta.study as study
window series as (
    partition by
        filled.freq, filled.source, filled.counting, filled.direction,
        filled.actor1_iso3, filled.actor2_iso3
    order by filled.period_start
    rows between unbounded preceding and current row
)
order by freq, source, counting, direction, actor1_iso3, actor2_iso3, period_start;
