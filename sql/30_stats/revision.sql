-- How much past months moved since they were first known: each month's net score of each undirected
-- dyad as it stood on the month's last day, 30 days later, and as this database has it. Events that a
-- source published late make the difference. A hand-kept record counts as known on its own day.
create or replace table stats.revision as
with
ways as (
    select actor1_iso3, actor2_iso3 from meta.study_dyad
    union all
    select actor2_iso3, actor1_iso3 from meta.study_dyad
),

counted as (
    select
        event.source,
        event.actor1_iso3,
        event.actor2_iso3,
        event.event_date,
        event.cameo_code,
        event.added_at,
        coalesce(event.n_mentions, 1) as n_mentions,
    from core.event as event
    inner join ways using (actor1_iso3, actor2_iso3)
    where (select officials from meta.study) = 'all' or event.is_official
),

acts as (
    select 'all' as counting, *
    from counted
    union all by name
    select
        'one_a_day' as counting,
        * exclude (added_at, n_mentions),
        min(added_at) as added_at,
        max(n_mentions) as n_mentions,
    from counted
    group by all
),

scored as (
    select
        acts.source,
        acts.counting,
        dyad.actor1_iso3,
        dyad.actor2_iso3,
        date_trunc('month', acts.event_date)::date as period_start,
        last_day(acts.event_date) as period_end,
        acts.added_at::date as known_on,
        coalesce(scale.scale_value, 0)
        * if(study.weighting = 'log_mentions', ln(1 + acts.n_mentions), 1) as score,
    from acts
    inner join meta.study_dyad as dyad
        on
            dyad.actor1_iso3 = least(acts.actor1_iso3, acts.actor2_iso3)
            and dyad.actor2_iso3 = greatest(acts.actor1_iso3, acts.actor2_iso3)
    cross join meta.study as study
    left join core.scale as scale
        on scale.cameo_code = acts.cameo_code and scale.scale = study.scale
)

select
    scored.source,
    scored.counting,
    scored.actor1_iso3,
    scored.actor2_iso3,
    scored.period_start,
    count(*) filter (scored.known_on <= scored.period_end) as n_events_at_end,
    count(*) as n_events,
    coalesce(
        sum(scored.score::decimal(38, 12)) filter (scored.known_on <= scored.period_end), 0
    )::double as net_at_end,
    coalesce(
        sum(scored.score::decimal(38, 12)) filter (scored.known_on <= scored.period_end + 30), 0
    )::double as net_after_30_days,
    sum(scored.score::decimal(38, 12))::double as net,
    net - net_at_end as net_revision,
    max(scored.known_on) as last_known_on,
from scored
cross join meta.coverage as coverage
where coverage.source = scored.source and scored.period_end <= coverage.last_day
group by all
order by source, counting, actor1_iso3, actor2_iso3, period_start;
