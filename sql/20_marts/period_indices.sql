-- Private.
-- The one definition of every index, for days, weeks (ISO, from Monday), months, quarters and years,
-- directed and undirected; docs/methods.md gives the formulas. `of_freq` is one of them, or null for
-- all but days; `of_source` is a source, or null for all. `of_days` is a query that returns
-- daily sums, as marts.day_sums does; the dyads are those of the study, or one pair if side_a is
-- given. Periods without events inside the source's coverage are present: zero for sums, null for
-- ratios. Where days are unknown (meta.coverage_gap, meta.state_gap) a period is not complete, and
-- null without an event; all is null where nothing of the pair can be known on any day. An act
-- that is dated when one of the states did not exist (core.state_absence) is in no period and no
-- stock. `stock` is the sum of all past daily net scores, each halved every half-life, at the
-- period's last day (or the last covered one), whatever the gaps. Whatever compares a period with
-- the dyad's history looks at earlier periods only. Running sums are of whole numbers: what a
-- series gives does not depend on which other series are computed with it.
create or replace macro marts.period_indices(of_days, of_freq, of_source, side_a, side_b) as table
with
-- DuckDB 2.0 forgets `materialized` in a macro that it has stored: a database that is opened again
-- takes 1.0 s where the run that built it took 0.6 for an index by day, and the same for longer
-- periods.
freqs as materialized (
    select *
    from (
        values
        ('day', interval 1 day),
        ('week', interval 7 days),
        ('month', interval 1 month),
        ('quarter', interval 3 months),
        ('year', interval 1 year)
    ) as freqs (freq, step)
    where
        case when of_freq is null then freq <> 'day' else freq = of_freq end
        -- The score of a quarter or year is that of its last month.
        or (of_freq in ('quarter', 'year') and freq = 'month')
),

countings as (
    select unnest(['all', 'one_a_day']) as counting
),

dyads as materialized (
    select actor1_iso3, actor2_iso3
    from meta.study_dyad
    where side_a is null
    union all
    select least(side1, side2), greatest(side1, side2)
    -- Once each: a name is looked up wherever the argument stands.
    from (select side_a as side1, side_b as side2)
    where side1 is not null
),

pairs as materialized (
    select 'undirected' as direction, actor1_iso3, actor2_iso3 from dyads
    union all
    select 'directed', actor1_iso3, actor2_iso3 from dyads
    union all
    select 'directed', actor2_iso3, actor1_iso3 from dyads
),

directed_day as materialized (
    select day_sum.*
    from query(of_days) as day_sum
    semi join pairs
        on
            pairs.actor1_iso3 = day_sum.actor1_iso3
            and pairs.actor2_iso3 = day_sum.actor2_iso3
            and pairs.direction = 'directed'
    anti join core.state_absence as absence
        on
            absence.iso3 = day_sum.actor1_iso3
            and day_sum.day between absence.first_day and absence.last_day
    anti join core.state_absence as other_absence
        on
            other_absence.iso3 = day_sum.actor2_iso3
            and day_sum.day between other_absence.first_day and other_absence.last_day
    where of_source is null or day_sum.source = of_source
),

daily as (
    select 'directed' as direction, * from directed_day
    union all by name
    select
        'undirected' as direction,
        * replace (
            least(actor1_iso3, actor2_iso3) as actor1_iso3,
            greatest(actor1_iso3, actor2_iso3) as actor2_iso3
        ),
    from directed_day
),

-- As decimals, so that a sum does not depend on the order of the rows.
by_day as materialized (
    select
        source, counting, direction, actor1_iso3, actor2_iso3, day,
        sum(n_events)::bigint as n_events,
        sum(n_cooperation)::bigint as n_cooperation,
        sum(n_conflict)::bigint as n_conflict,
        sum(n_quad1)::bigint as n_quad1,
        sum(n_quad2)::bigint as n_quad2,
        sum(n_quad3)::bigint as n_quad3,
        sum(n_quad4)::bigint as n_quad4,
        sum(n_unvalued)::bigint as n_unvalued,
        sum(weight::decimal(38, 12)) as weight,
        sum(cooperation::decimal(38, 12)) as cooperation,
        sum(conflict::decimal(38, 12)) as conflict,
        sum(n_deaths)::bigint as n_deaths,
        sum(coalesce(n_deaths_low, n_deaths))::bigint as n_deaths_low,
        sum(coalesce(n_deaths_high, n_deaths))::bigint as n_deaths_high,
    from daily
    group by all
),

summed as (
    select
        freqs.freq,
        by_day.source,
        by_day.counting,
        by_day.direction,
        by_day.actor1_iso3,
        by_day.actor2_iso3,
        date_trunc(freqs.freq, by_day.day)::date as period_start,
        sum(by_day.n_events)::bigint as n_events,
        sum(by_day.n_cooperation)::bigint as n_cooperation,
        sum(by_day.n_conflict)::bigint as n_conflict,
        sum(by_day.n_quad1)::bigint as n_quad1,
        sum(by_day.n_quad2)::bigint as n_quad2,
        sum(by_day.n_quad3)::bigint as n_quad3,
        sum(by_day.n_quad4)::bigint as n_quad4,
        sum(by_day.n_unvalued)::bigint as n_unvalued,
        sum(by_day.weight)::double as weight,
        sum(by_day.cooperation)::double as cooperation,
        sum(by_day.conflict)::double as conflict,
        sum(by_day.n_deaths)::bigint as n_deaths,
        sum(by_day.n_deaths_low)::bigint as n_deaths_low,
        sum(by_day.n_deaths_high)::bigint as n_deaths_high,
        -- What is left of the days' net scores on the period's last day.
        sum(
            (by_day.cooperation - by_day.conflict)::double
            * pow(
                2,
                date_diff(
                    'day',
                    date_trunc(freqs.freq, by_day.day) + freqs.step - interval 1 day,
                    by_day.day::timestamp
                ) / study.half_life_days
            )
            order by by_day.day
        ) as net_left,
    from by_day
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
        coverage.first_day,
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
    where of_source is null or coverage.source = of_source
),

-- Epochs of sixteen half-lives, in which a score grows at most 2^16 times when it is scaled to the
-- epoch's first day: little enough for whole numbers.
periods as materialized (
    select
        spine.*,
        (spine.period_start + spine.step - interval 1 day)::date as period_end,
        date_diff('day', study.start_date, (spine.period_start + spine.step - interval 1 day)::date)
        / study.half_life_days as n_half_lives,
        floor(n_half_lives / 16)::bigint as epoch,
    from spine
    cross join meta.study as study
),

-- Sources that count deaths, and those that give a range; of the others they are unknown, and no zero.
deaths as (
    select
        source,
        max(n_deaths) is not null as is_counted,
        max(n_deaths_high) is not null as is_ranged,
    from marts.dyad_day
    group by source
),

-- Periods that days without any file touch, and whether they lie in them whole.
gaps as (
    select
        periods.freq,
        periods.source,
        periods.period_start,
        bool_or(
            gap.reason = 'no file'
            and gap.first_day <= greatest(periods.period_start, periods.first_day)
            and gap.last_day >= least(periods.period_end, periods.last_day)
        ) as is_whole,
    from periods
    inner join meta.coverage_gap as gap
        on
            gap.source = periods.source
            and gap.first_day <= periods.period_end
            and gap.last_day >= periods.period_start
    group by all
),

-- Periods that include days without data on a state: whether all their days are such, and whether
-- on all of them the state did not exist. Few states have any.
state_gaps as (
    select
        periods.freq,
        periods.source,
        periods.period_start,
        gap.iso3,
        bool_or(is_whole) as is_whole,
        bool_or(is_whole and gap.is_absence) as is_absent,
    from periods
    inner join (
        from meta.unknown_run
        where iso3 in (select actor1_iso3 from pairs)
    ) as gap
        on
            gap.source = periods.source
            and gap.first_day <= periods.period_end
            and gap.last_day >= periods.period_start
    cross join lateral (
        select
            gap.first_day <= greatest(periods.period_start, periods.first_day)
            and gap.last_day >= least(periods.period_end, periods.last_day)
                as is_whole
    )
    group by all
),

filled as materialized (
    select
        periods.freq,
        periods.source,
        countings.counting,
        pairs.direction,
        pairs.actor1_iso3,
        pairs.actor2_iso3,
        periods.period_start,
        periods.period_end,
        periods.period_start >= periods.first_day
        and periods.period_end <= periods.complete_to
        and gaps.source is null
        and one.iso3 is null
        and other.iso3 is null as is_complete,
        -- Of a pair of which one state was looked at, what was recorded is shown.
        case
            when summed.n_events is null
                then
                    gaps.source is not null
                    or one.iso3 is not null
                    or other.iso3 is not null
            else
                coalesce(gaps.is_whole, false)
                or coalesce(one.is_absent, false)
                or coalesce(other.is_absent, false)
                or coalesce(one.is_whole and other.is_whole, false)
        end as is_unknown,
        least(periods.period_end, periods.last_day) as stock_day,
        periods.epoch,
        coalesce(summed.n_events, 0) as n_events,
        coalesce(summed.n_cooperation, 0) as n_cooperation,
        coalesce(summed.n_conflict, 0) as n_conflict,
        coalesce(summed.n_quad1, 0) as n_quad1,
        coalesce(summed.n_quad2, 0) as n_quad2,
        coalesce(summed.n_quad3, 0) as n_quad3,
        coalesce(summed.n_quad4, 0) as n_quad4,
        coalesce(summed.n_unvalued, 0) as n_unvalued,
        coalesce(summed.weight, 0) as weight,
        coalesce(summed.cooperation, 0) as cooperation,
        coalesce(summed.conflict, 0) as conflict,
        -- Of events of which the source does not know how many died nothing is known either.
        case
            when deaths.is_counted and summed.n_events is null then 0
            when deaths.is_counted then summed.n_deaths
        end as n_deaths,
        case
            when deaths.is_ranged and summed.n_events is null then 0
            when deaths.is_ranged then summed.n_deaths_low
        end as n_deaths_low,
        case
            when deaths.is_ranged and summed.n_events is null then 0
            when deaths.is_ranged then summed.n_deaths_high
        end as n_deaths_high,
        coalesce(summed.cooperation, 0) - coalesce(summed.conflict, 0) as net,
        -- In units of 1e-12 of a point on the epoch's first day, and in units of 1e-8: weights
        -- that are logarithms need them, and a square stays far below the largest integer.
        round(
            coalesce(summed.net_left, 0) * pow(2, periods.n_half_lives - 16 * periods.epoch) * 1e12
        )::hugeint as net_scaled,
        round(net * 1e8)::hugeint as net_units,
        coalesce(volume.n_source_events, 0) as n_source_events,
    from periods
    cross join countings
    cross join pairs
    left join summed
        using (freq, source, counting, direction, actor1_iso3, actor2_iso3, period_start)
    left join volume
        using (freq, source, counting, period_start)
    left join gaps
        using (freq, source, period_start)
    left join state_gaps as one
        on
            one.freq = periods.freq
            and one.source = periods.source
            and one.period_start = periods.period_start
            and one.iso3 = pairs.actor1_iso3
    left join state_gaps as other
        on
            other.freq = periods.freq
            and other.source = periods.source
            and other.period_start = periods.period_start
            and other.iso3 = pairs.actor2_iso3
    left join deaths
        using (source)
),

-- The bounded relation score: each month moves it by the month's influence, by less the nearer it
-- already is to the end that the month moves it to (docs/methods.md, Score). For hand-kept records:
-- a machine-coded source has so many events a month that every month would reach the end.
influence as materialized (
    select
        filled.source, filled.counting, filled.direction,
        filled.actor1_iso3, filled.actor2_iso3, filled.period_start,
        greatest(-1, least(1, filled.net / study.points_per_score / 9)) as influence,
    from filled
    cross join meta.study as study
    where filled.freq = 'month' and meta.is_hand_kept(filled.source)
),

influences as (
    select
        source, counting, direction, actor1_iso3, actor2_iso3,
        list(influence order by period_start) as influences,
        list(period_start order by period_start) as months,
    from influence
    group by all
),

months as (
    select *, unnest(months) as period_start, generate_subscripts(months, 1) as n_months
    from influences
),

-- Computed again for each month: DuckDB before 1.4 evaluates a recursion in a macro again and again.
score as (
    select
        source, counting, direction, actor1_iso3, actor2_iso3, period_start,
        list_reduce(
            influences[:n_months],
            lambda share, one: (1 - abs(one)) * share + one
        ) as share,
    from months
),

-- What earlier epochs leave at the beginning of an epoch; before the eighth it is nothing.
epochs as materialized (
    select
        freq, source, counting, direction, actor1_iso3, actor2_iso3, epoch,
        sum(net_scaled) as net_scaled,
    from filled
    group by all
),

inherited as (
    select
        epochs.freq, epochs.source, epochs.counting, epochs.direction,
        epochs.actor1_iso3, epochs.actor2_iso3, epochs.epoch,
        sum(
            round(earlier.net_scaled::double / pow(2, 16 * (epochs.epoch - earlier.epoch)))::hugeint
        ) as net_scaled,
    from epochs
    inner join epochs as earlier
        using (freq, source, counting, direction, actor1_iso3, actor2_iso3)
    where earlier.epoch between epochs.epoch - 8 and epochs.epoch - 1
    group by all
),

placed as materialized (
    select
        filled.*,
        count(*) over earlier as n_history,
        max(case when filled.n_events = 0 then filled.period_start end) over earlier as last_empty,
        sum(filled.net_units) over earlier as sum_before,
        sum(filled.net_units * filled.net_units) over earlier as squares_before,
        rank(order by filled.net) over so_far - 1 as n_lower,
        rank(order by filled.net desc) over so_far - 1 as n_higher,
        sum(filled.net_scaled) over this_epoch as net_scaled_before,
    from filled
    window
        -- Only complete periods are compared, and only with complete ones.
        alike as (
            partition by
                filled.freq, filled.source, filled.counting, filled.direction,
                filled.actor1_iso3, filled.actor2_iso3, filled.is_complete
            order by filled.period_start
        ),
        earlier as (alike rows between unbounded preceding and 1 preceding),
        so_far as (alike rows between unbounded preceding and current row),
        this_epoch as (
            partition by
                filled.freq, filled.source, filled.counting, filled.direction,
                filled.actor1_iso3, filled.actor2_iso3, filled.epoch
            order by filled.period_start
            rows between unbounded preceding and current row
        )
),

-- The complete periods of each series in order: `history.nets[:n_history]` are those before a period.
history as materialized (
    select
        freq, source, counting, direction, actor1_iso3, actor2_iso3,
        list(net order by period_start) as nets,
        list(period_start order by period_start) as starts,
    from filled
    where is_complete
    group by all
),

-- The last complete period before with a net score as low or as high. Of those without events, whose
-- net score is zero, only the last one matters: a series by day has little else.
since as (
    select
        now.freq, now.source, now.counting, now.direction,
        now.actor1_iso3, now.actor2_iso3, now.period_start,
        greatest(
            max(before.period_start) filter (before.net <= now.net),
            any_value(case when now.net >= 0 then now.last_empty end)
        ) as as_bad_before,
        greatest(
            max(before.period_start) filter (before.net >= now.net),
            any_value(case when now.net <= 0 then now.last_empty end)
        ) as as_good_before,
    from placed as now
    left join filled as before
        on
            before.freq = now.freq
            and before.source = now.source
            and before.counting = now.counting
            and before.direction = now.direction
            and before.actor1_iso3 = now.actor1_iso3
            and before.actor2_iso3 = now.actor2_iso3
            and before.is_complete
            and before.n_events > 0
            and before.period_start < now.period_start
    where now.is_complete and now.n_events > 0
    group by all
)

select
    placed.freq,
    placed.source,
    placed.counting,
    placed.direction,
    placed.actor1_iso3,
    placed.actor2_iso3,
    placed.period_start,
    placed.period_end,
    case when not placed.is_unknown then placed.n_events end as n_events,
    case when not placed.is_unknown then placed.n_cooperation end as n_cooperation,
    case when not placed.is_unknown then placed.n_conflict end as n_conflict,
    case when not placed.is_unknown then placed.n_quad1 end as n_quad1,
    case when not placed.is_unknown then placed.n_quad2 end as n_quad2,
    case when not placed.is_unknown then placed.n_quad3 end as n_quad3,
    case when not placed.is_unknown then placed.n_quad4 end as n_quad4,
    case when not placed.is_unknown then placed.n_unvalued end as n_unvalued,
    case when not placed.is_unknown then placed.weight end as weight,
    case when not placed.is_unknown then placed.cooperation end as cooperation,
    case when not placed.is_unknown then placed.conflict end as conflict,
    case when not placed.is_unknown then placed.net end as net,
    case when not placed.is_unknown then placed.n_deaths end as n_deaths,
    case when not placed.is_unknown then placed.n_deaths_low end as n_deaths_low,
    case when not placed.is_unknown then placed.n_deaths_high end as n_deaths_high,
    case when not placed.is_unknown then placed.net / nullif(placed.weight, 0) end as mean_goldstein,
    case
        when not placed.is_unknown
            then placed.net / nullif(placed.cooperation + placed.conflict, 0)
    end as relative_net,
    case
        when not placed.is_unknown
            then 1000 * placed.net / nullif(placed.n_source_events, 0)
    end as net_per_1k,
    case when not placed.is_unknown then placed.n_source_events end as n_source_events,
    case
        when not placed.is_unknown
            then
                (placed.net_scaled_before + coalesce(inherited.net_scaled, 0))::double
                / pow(
                    2,
                    date_diff('day', study.start_date, placed.stock_day) / study.half_life_days
                    - 16 * placed.epoch
                )
                / 1e12
    end as stock,
    case when not placed.is_unknown then 9 * score.share end as score,
    case when placed.is_complete then placed.n_history end as n_history,
    case
        when placed.is_complete and placed.n_history >= 12
            then
                (placed.n_history * placed.net_units - placed.sum_before)::double
                / nullif(
                    sqrt(
                        placed.n_history::double / (placed.n_history - 1)
                        * (
                            placed.n_history * placed.squares_before
                            - placed.sum_before * placed.sum_before
                        )::double
                    ),
                    0
                )
    end as net_z,
    case
        when placed.is_complete and placed.n_history >= 12
            then
                100 * (placed.n_lower + 0.5 * (placed.n_history - placed.n_lower - placed.n_higher))
                / placed.n_history
    end as net_percentile,
    since.as_bad_before,
    since.as_good_before,
    placed.n_events = 0 and not placed.is_unknown as is_zero_filled,
    placed.is_complete,
from placed
cross join meta.study as study
left join inherited
    using (freq, source, counting, direction, actor1_iso3, actor2_iso3, epoch)
left join since
    using (freq, source, counting, direction, actor1_iso3, actor2_iso3, period_start)
left join score
    on
        score.source = placed.source
        and score.counting = placed.counting
        and score.direction = placed.direction
        and score.actor1_iso3 = placed.actor1_iso3
        and score.actor2_iso3 = placed.actor2_iso3
        and score.period_start = date_trunc('month', placed.stock_day)
        -- The score of a month is known when the month is over.
        and placed.freq not in ('day', 'week');
