-- Events of a source and month (in scope or not) never become fewer than in the database published
-- before: what is missing was lost on the way. A source whose newer versions take events back may
-- lose a little, if a file of it came in another version or detente.toml, which says how it is read,
-- was changed (checks.may_retract there). One that was taken out of the study, detente.toml changed and
-- no file of it on account any more, is no loss.
with
before as (
    select
        source,
        date_trunc('month', day)::date as period_start,
        sum(n_events) as n_events,
    from previous.marts.volume_day
    where counting = 'all'
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
),

month as (
    select
        before.source,
        before.period_start,
        before.n_events as n_events_before,
        coalesce(now.n_events, 0) as n_events,
        greatest(before.n_events - coalesce(now.n_events, 0), 0) as n_lost,
    from before
    left join now using (source, period_start)
),

source as (
    select
        source,
        sum(n_events_before) as n_events_before,
        sum(n_lost) as n_lost_of_source,
    from month
    group by source
),

changed as (
    select distinct earlier.source
    from previous.meta.raw_file as earlier
    left join meta.raw_file as later using (raw_file_id)
    where
        earlier.status in ('loaded', 'no_rows')
        and (
            earlier.sha256 is distinct from later.sha256
            or later.status not in ('loaded', 'no_rows')
        )
    union
    select source.source
    from source
    cross join previous.meta.study as earlier
    inner join meta.study as later on later.settings_sha256 <> earlier.settings_sha256
),

taken_out as (
    select source.source
    from source
    cross join previous.meta.study as earlier
    inner join meta.study as later on later.settings_sha256 <> earlier.settings_sha256
    where source.source not in (select source from meta.raw_file)
)

select
    month.source,
    month.period_start,
    month.n_events_before,
    month.n_events,
    month.n_lost,
    source.n_lost_of_source,
from month
inner join source using (source)
left join meta.check_limit as allowed using (source)
where
    month.n_lost > 0
    and month.source not in (select taken_out.source from taken_out)
    and not (
        coalesce(allowed.may_retract, false)
        and month.source in (select changed.source from changed)
        -- Neither of the month nor of the whole, which over decades would be a month's worth.
        and month.n_lost <= greatest(
            allowed.retracted_share * month.n_events_before, allowed.retracted_events
        )
        and source.n_lost_of_source <= greatest(
            allowed.retracted_share * source.n_events_before, allowed.retracted_events
        )
    )
order by month.source, month.period_start;
