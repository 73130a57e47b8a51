-- How did the thirteen weeks after each record of a category compare with the thirteen before, on each
-- dyad of the study or on one? Null where the source does not cover all thirteen. Only for a study that
-- keeps records; --category names which.
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
    case
        when count(*) filter (week.is_complete and week.period_start <= happened.event_date - 7) = 13
            then round(sum(week.net) filter (week.period_start <= happened.event_date - 7), 1)
    end as net_before,
    case
        when count(*) filter (week.is_complete and week.period_start > happened.event_date) = 13
            then round(sum(week.net) filter (week.period_start > happened.event_date), 1)
    end as net_after,
from happened
inner join marts.dyad_week as week
    -- Whole weeks: a week begins on a Monday, and the one in which it happened is in neither sum.
    on week.period_start between happened.event_date - 7 * 14 + 1 and happened.event_date + 7 * 13
where
    week.source = $source
    and week.counting = $counting
    and week.direction = 'undirected'
    and ($dyad is null or week.actor1_iso3 || '-' || week.actor2_iso3 = $dyad)
group by all
order by happened.event_date, week.actor1_iso3, week.actor2_iso3;
