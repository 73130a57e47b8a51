-- A month that a source covered whole in the database published before hardly grows: late reports
-- are few. Many more events than before mean that a file counts twice or was read wrongly.
with
before as (
    select
        volume.source,
        date_trunc('month', volume.day)::date as period_start,
        sum(volume.n_events) as n_events,
    from previous.marts.volume_day as volume
    inner join previous.meta.coverage as coverage using (source)
    where
        volume.counting = 'all'
        and date_trunc('month', volume.day) >= coverage.first_day
        and last_day(volume.day) <= coverage.complete_to
        -- What was missing may come.
        and not exists (
            from previous.meta.coverage_gap as gap
            where
                gap.source = volume.source
                and gap.first_day <= last_day(volume.day)
                and gap.last_day >= date_trunc('month', volume.day)
        )
    group by all
),

now as (
    select
        source,
        date_trunc('month', day)::date as period_start,
        sum(n_events) as n_events,
    from marts.volume_day
    where counting = 'all'
    group by all
)

select
    before.source,
    before.period_start,
    before.n_events as n_events_before,
    now.n_events,
    now.n_events / before.n_events as ratio,
    allowed.history_high as highest_allowed,
from before
inner join now using (source, period_start)
inner join meta.check_limit as allowed using (source)
where
    before.n_events >= allowed.volume_min_events * day(last_day(before.period_start))
    and now.n_events > allowed.history_high * before.n_events
order by before.source, before.period_start;
