-- What the events add up to is what the days add up to, for every way of counting all events.
with
events as (
    select
        source,
        count(*) as n_events,
        sum(goldstein::decimal(18, 6)) as net,
    from core.event
    group by source
),

days as (
    select
        source,
        sum(n_events) as n_events,
        sum(cooperation::decimal(18, 6)) - sum(conflict::decimal(18, 6)) as net,
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
where events.n_events is distinct from days.n_events or events.net is distinct from days.net;
