-- What the events add up to is what the days add up to, for all events under the study's scale,
-- officials and weighting. A millionth of a point is left to rounding where weights are logarithms.
with
events as (
    select
        event.source,
        count(*) as n_events,
        sum(
            (
                coalesce(scale.scale_value, 0) * event.counted_share
                * if(study.weighting = 'log_mentions', ln(1 + coalesce(event.n_mentions, 1)), 1)
            )::decimal(38, 12)
        ) as net,
    from core.event as event
    cross join meta.study as study
    left join core.scale as scale
        on scale.cameo_code = event.cameo_code and scale.scale = study.scale
    where study.officials = 'all' or event.is_official
    group by event.source
),

days as (
    select
        source,
        sum(n_events) as n_events,
        sum(cooperation::decimal(38, 12)) - sum(conflict::decimal(38, 12)) as net,
    from marts.dyad_day
    where counting = 'all'
    group by source
)

select
    source,
    events.n_events as n_events,
    days.n_events as n_events_of_days,
    events.net as net,
    days.net as net_of_days,
from events
full join days using (source)
where
    events.n_events is distinct from days.n_events
    or not coalesce(abs(events.net - days.net) <= 1e-6 + 1e-12 * abs(events.net), false);
