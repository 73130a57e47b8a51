-- On newly covered days a source has about as many events a day as on the days before
-- them in the database published before. Far fewer mean that part of a file is missing, far more
-- that something counts twice. Days of which a file is missing are left out on both sides.
with
missing_before as (
    select distinct source, unnest(generate_series(first_day, last_day, interval 1 day))::date as day
    from previous.meta.coverage_gap
),

missing_now as (
    select distinct source, unnest(generate_series(first_day, last_day, interval 1 day))::date as day
    from meta.coverage_gap
),

days_before as (
    select
        coverage.source,
        coverage.complete_to,
        unnest(
            generate_series(
                greatest(coverage.first_day, coverage.complete_to - allowed.volume_days + 1),
                coverage.complete_to,
                interval 1 day
            )
        )::date as day,
    from previous.meta.coverage as coverage
    inner join meta.check_limit as allowed using (source)
    where coverage.complete_to - coverage.first_day >= 6
),

usual as (
    select
        days_before.source,
        days_before.complete_to,
        coalesce(sum(volume.n_events), 0) / count(*) as events_a_day,
    from days_before
    anti join missing_before using (source, day)
    left join previous.marts.volume_day as volume
        on
            volume.source = days_before.source
            and volume.day = days_before.day
            and volume.counting = 'all'
    group by days_before.source, days_before.complete_to
),

days_now as (
    select
        coverage.source,
        usual.complete_to + 1 as first_new_day,
        coverage.complete_to as last_new_day,
        unnest(
            generate_series(usual.complete_to + 1, coverage.complete_to, interval 1 day)
        )::date as day,
    from meta.coverage as coverage
    inner join usual using (source)
    where coverage.complete_to > usual.complete_to
),

fresh as (
    select
        days_now.source,
        days_now.first_new_day,
        days_now.last_new_day,
        coalesce(sum(volume.n_events), 0) / count(*) as events_a_day,
    from days_now
    anti join missing_now using (source, day)
    left join marts.volume_day as volume
        on
            volume.source = days_now.source
            and volume.day = days_now.day
            and volume.counting = 'all'
    group by days_now.source, days_now.first_new_day, days_now.last_new_day
)

select
    fresh.source,
    fresh.first_new_day,
    fresh.last_new_day,
    fresh.events_a_day,
    usual.events_a_day as usual_events_a_day,
    fresh.events_a_day / usual.events_a_day as ratio,
    allowed.volume_low as lowest_allowed,
    allowed.volume_high as highest_allowed,
from fresh
inner join usual using (source)
inner join meta.check_limit as allowed using (source)
where
    usual.events_a_day >= allowed.volume_min_events
    and (
        fresh.events_a_day < allowed.volume_low * usual.events_a_day
        or fresh.events_a_day > allowed.volume_high * usual.events_a_day
    )
order by fresh.source;
