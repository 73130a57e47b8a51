-- Private.
-- The one definition of what the events of a day add up to, directed, for any scale, for all events
-- or official ones, unweighted or weighted by mentions; for one dyad, or for all pairs if side_a is
-- null. Counted in two ways: 'all' events, or 'one_a_day', where an actor pair and code count once a
-- day (of duplicates the one that weighs most, and the most deaths). An act that counts in part
-- (`counted_share`) weighs that part. Value and quad class depend on the code alone, so the
-- events are first counted by code; sums are integers, so they do not depend on any order.
-- `of_acts` is a query that returns the events: core.event, or some of them. What it calls `source` is
-- summed separately, so several variants of a series need only one call.
create or replace macro marts.day_sums(
    of_scale, of_officials, of_weighting, side_a, side_b, of_acts := 'from core.event'
) as table
with
codes as (
    select
        cameo.cameo_code,
        cameo.quad_class,
        -- Millionths of a scale point: exact as an integer.
        round(scale.scale_value * 1e6)::hugeint as value,
    from core.cameo as cameo
    left join core.scale as scale
        on scale.cameo_code = cameo.cameo_code and scale.scale = of_scale
),

cells as (
    select
        event.source,
        event.actor1_iso3,
        event.actor2_iso3,
        event.event_date,
        event.cameo_code,
        count(*) as n,
        -- Weights in units of 1e-12 where they are logarithms, else in millionths of an event.
        case
            when of_weighting = 'log_mentions'
                then sum(round(
                    ln(1 + coalesce(event.n_mentions, 1)) * event.counted_share * 1e12
                )::hugeint)
            else sum(round(event.counted_share * 1e6)::hugeint)
        end as every_weight,
        case
            when of_weighting = 'log_mentions'
                then max(round(
                    ln(1 + coalesce(event.n_mentions, 1)) * event.counted_share * 1e12
                )::hugeint)
            else max(round(event.counted_share * 1e6)::hugeint)
        end as once_weight,
        sum(event.n_deaths) as every_deaths,
        max(event.n_deaths) as once_deaths,
        case
            when count(event.n_deaths_low) > 0
                then sum(coalesce(event.n_deaths_low, event.n_deaths))
        end as every_deaths_low,
        case
            when count(event.n_deaths_low) > 0
                then max(coalesce(event.n_deaths_low, event.n_deaths))
        end as once_deaths_low,
        case
            when count(event.n_deaths_high) > 0
                then sum(coalesce(event.n_deaths_high, event.n_deaths))
        end as every_deaths_high,
        case
            when count(event.n_deaths_high) > 0
                then max(coalesce(event.n_deaths_high, event.n_deaths))
        end as once_deaths_high,
    from query(of_acts) as event
    where
        (of_officials = 'all' or event.is_official)
        and (
            side_a is null
            or (
                event.actor1_iso3 in (side_a, side_b)
                and event.actor2_iso3 in (side_a, side_b)
                and event.actor1_iso3 <> event.actor2_iso3
            )
        )
    group by all
),

days as (
    select
        cells.source,
        cells.actor1_iso3,
        cells.actor2_iso3,
        cells.event_date,
        sum(cells.n)::bigint as every_n,
        count(*) as once_n,
        sum(cells.n) filter (codes.value > 0) as every_cooperative,
        count(*) filter (codes.value > 0) as once_cooperative,
        sum(cells.n) filter (codes.value < 0) as every_conflictual,
        count(*) filter (codes.value < 0) as once_conflictual,
        sum(cells.n) filter (codes.quad_class = 1) as every_quad1,
        count(*) filter (codes.quad_class = 1) as once_quad1,
        sum(cells.n) filter (codes.quad_class = 2) as every_quad2,
        count(*) filter (codes.quad_class = 2) as once_quad2,
        sum(cells.n) filter (codes.quad_class = 3) as every_quad3,
        count(*) filter (codes.quad_class = 3) as once_quad3,
        sum(cells.n) filter (codes.quad_class = 4) as every_quad4,
        count(*) filter (codes.quad_class = 4) as once_quad4,
        sum(cells.n) filter (codes.value is null) as every_unvalued,
        count(*) filter (codes.value is null) as once_unvalued,
        sum(cells.every_weight) filter (codes.value is not null) as every_weight,
        sum(cells.once_weight) filter (codes.value is not null) as once_weight,
        sum(cells.every_weight * codes.value) filter (codes.value > 0) as every_good,
        sum(cells.once_weight * codes.value) filter (codes.value > 0) as once_good,
        -sum(cells.every_weight * codes.value) filter (codes.value < 0) as every_bad,
        -sum(cells.once_weight * codes.value) filter (codes.value < 0) as once_bad,
        count(cells.every_deaths_low) > 0 as is_ranged,
        sum(cells.every_deaths) as every_deaths,
        sum(cells.once_deaths) as once_deaths,
        sum(coalesce(cells.every_deaths_low, cells.every_deaths)) as every_deaths_low,
        sum(coalesce(cells.once_deaths_low, cells.once_deaths)) as once_deaths_low,
        sum(coalesce(cells.every_deaths_high, cells.every_deaths)) as every_deaths_high,
        sum(coalesce(cells.once_deaths_high, cells.once_deaths)) as once_deaths_high,
    from cells
    inner join codes using (cameo_code)
    group by all
),

counted as (
    select
        'all' as counting,
        source,
        actor1_iso3,
        actor2_iso3,
        event_date,
        every_n as n_events,
        every_cooperative as n_cooperation,
        every_conflictual as n_conflict,
        every_quad1 as n_quad1,
        every_quad2 as n_quad2,
        every_quad3 as n_quad3,
        every_quad4 as n_quad4,
        every_unvalued as n_unvalued,
        every_weight as weight,
        every_good as good,
        every_bad as bad,
        is_ranged,
        every_deaths as n_deaths,
        every_deaths_low as n_deaths_low,
        every_deaths_high as n_deaths_high,
    from days
    union all
    select
        'one_a_day' as counting,
        source,
        actor1_iso3,
        actor2_iso3,
        event_date,
        once_n,
        once_cooperative,
        once_conflictual,
        once_quad1,
        once_quad2,
        once_quad3,
        once_quad4,
        once_unvalued,
        once_weight,
        once_good,
        once_bad,
        is_ranged,
        once_deaths,
        once_deaths_low,
        once_deaths_high,
    from days
)

select
    source,
    counting,
    of_scale as scale,
    of_officials as officials,
    of_weighting as weighting,
    actor1_iso3,
    actor2_iso3,
    event_date as day,
    n_events,
    coalesce(n_cooperation, 0)::bigint as n_cooperation,
    coalesce(n_conflict, 0)::bigint as n_conflict,
    coalesce(n_quad1, 0)::bigint as n_quad1,
    coalesce(n_quad2, 0)::bigint as n_quad2,
    coalesce(n_quad3, 0)::bigint as n_quad3,
    coalesce(n_quad4, 0)::bigint as n_quad4,
    coalesce(n_unvalued, 0)::bigint as n_unvalued,
    coalesce(weight, 0)::double
    / case when of_weighting = 'log_mentions' then 1e12 else 1e6 end as weight,
    coalesce(good, 0)::double
    / case when of_weighting = 'log_mentions' then 1e18 else 1e12 end as cooperation,
    coalesce(bad, 0)::double
    / case when of_weighting = 'log_mentions' then 1e18 else 1e12 end as conflict,
    -- Null where the source says of no event of the day how many died.
    n_deaths::bigint as n_deaths,
    (case when is_ranged then n_deaths_low end)::bigint as n_deaths_low,
    (case when is_ranged then n_deaths_high end)::bigint as n_deaths_high,
from counted;
