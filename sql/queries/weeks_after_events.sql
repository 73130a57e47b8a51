-- How did the thirteen weeks after each record of a category compare with the thirteen before, on one
-- dyad? Only for a study that keeps records; --category names which.
with
happened as (
    select distinct event_date
    from core.record
    where category = $category
)

select
    happened.event_date,
    week.actor1_iso3,
    week.actor2_iso3,
    round(sum(week.net) filter (week.period_start <= happened.event_date - 7), 1) as net_before,
    round(sum(week.net) filter (week.period_start > happened.event_date), 1) as net_after,
from happened
inner join marts.dyad_week as week
    on week.period_start > happened.event_date - 7 * 14
    and week.period_start <= happened.event_date + 7 * 13
where
    week.source = $source
    and week.counting = $counting
    and week.direction = 'undirected'
    and week.actor1_iso3 = $actor1
    and week.actor2_iso3 = $actor2
group by all
order by happened.event_date;
