-- How much past months moved since they were first known: each month's net score of each undirected
-- dyad as it stood on the month's last day, 30 days later, and as this database has it. Events that a
-- source published late make the difference. A hand-kept record counts as known on its own day.
create or replace table stats.revision as
with
scored as (
    select
        source,
        counting,
        least(actor1_iso3, actor2_iso3) as actor1_iso3,
        greatest(actor1_iso3, actor2_iso3) as actor2_iso3,
        date_trunc('month', event_date)::date as period_start,
        last_day(event_date) as period_end,
        known_on,
        net as score,
    from stats.study_act
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
        sum(scored.score) filter (scored.known_on <= scored.period_end), 0
    )::double as net_at_end,
    coalesce(
        sum(scored.score) filter (scored.known_on <= scored.period_end + 30), 0
    )::double as net_after_30_days,
    sum(scored.score)::double as net,
    net - net_at_end as net_revision,
    max(scored.known_on) as last_known_on,
from scored
cross join meta.coverage as coverage
where coverage.source = scored.source and scored.period_end <= coverage.last_day
group by all
order by source, counting, actor1_iso3, actor2_iso3, period_start;
