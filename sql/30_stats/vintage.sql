-- When each month became known: what the events published in one month add to the net score and the
-- count of conflict of a month, directed. Summed up to a month of publication it is the series as it
-- stood at that month's end, which is what forecasts made then could know. An event published before
-- its own month counts as known in it.
create or replace table stats.vintage as
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
)

select
    acts.source,
    acts.counting,
    acts.actor1_iso3,
    acts.actor2_iso3,
    date_trunc('month', acts.event_date)::date as period_start,
    date_trunc('month', greatest(acts.event_date, acts.added_at::date))::date as known_month,
    count(*) filter (scale.scale_value < 0) as n_conflict,
    coalesce(
        sum(
            (
                scale.scale_value
                * if(study.weighting = 'log_mentions', ln(1 + acts.n_mentions), 1)
            )::decimal(38, 12)
        ),
        0
    )::double as net,
from acts
cross join meta.study as study
left join core.scale as scale
    on scale.cameo_code = acts.cameo_code and scale.scale = study.scale
group by all
order by all;
