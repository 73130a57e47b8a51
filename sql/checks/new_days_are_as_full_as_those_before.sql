-- On the days that a source covers anew it tells of about as many events a day as on the days before
-- them in the database published before. Far fewer mean that part of a file is missing, far more
-- that something counts twice.
-- Days of which no file tells are not counted.
with
usual as (
    select
        coverage.source,
        coverage.complete_to,
        sum(volume.n_events) / greatest(
            1,
            least(allowed.volume_days, coverage.complete_to - coverage.first_day + 1)
            - (
                select coalesce(sum(
                    least(gap.last_day, coverage.complete_to)
                    - greatest(
                        gap.first_day,
                        coverage.complete_to - allowed.volume_days + 1,
                        coverage.first_day
                    ) + 1
                ), 0)
                from previous.meta.coverage_gap as gap
                where
                    gap.source = coverage.source
                    and gap.first_day <= coverage.complete_to
                    and gap.last_day > coverage.complete_to - allowed.volume_days
            )
        ) as events_a_day,
    from previous.meta.coverage as coverage
    inner join meta.check_limit as allowed using (source)
    inner join previous.marts.volume_day as volume
        on
            volume.source = coverage.source
            and volume.counting = 'all'
            and volume.day between coverage.first_day and coverage.complete_to
            and volume.day > coverage.complete_to - allowed.volume_days
    where coverage.complete_to - coverage.first_day >= 6
    group by coverage.source, coverage.first_day, coverage.complete_to, allowed.volume_days
),

fresh as (
    select
        coverage.source,
        usual.complete_to + 1 as first_new_day,
        coverage.complete_to as last_new_day,
        coalesce(sum(volume.n_events), 0)
        / (coverage.complete_to - usual.complete_to) as events_a_day,
    from meta.coverage as coverage
    inner join usual using (source)
    left join marts.volume_day as volume
        on
            volume.source = coverage.source
            and volume.counting = 'all'
            and volume.day > usual.complete_to
            and volume.day <= coverage.complete_to
    where coverage.complete_to > usual.complete_to
    group by coverage.source, usual.complete_to, coverage.complete_to
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
