-- How did the thirteen weeks after each nuclear test compare with the thirteen before, towards Japan,
-- South Korea and the United States?
with
tests as (
    select distinct event_date
    from core.record
    where category = 'nuclear_test'
)

select
    tests.event_date as nuclear_test,
    week.actor1_iso3,
    week.actor2_iso3,
    case
        when count(*) filter (week.is_complete and week.period_start <= tests.event_date - 7) = 13
            then round(sum(week.net) filter (week.period_start <= tests.event_date - 7), 1)
    end as net_before,
    case
        when count(*) filter (week.is_complete and week.period_start > tests.event_date) = 13
            then round(sum(week.net) filter (week.period_start > tests.event_date), 1)
    end as net_after,
from tests
inner join marts.dyad_week as week
    -- Whole weeks: a week begins on a Monday, and the one in which it happened is in neither sum.
    on week.period_start between tests.event_date - 7 * 14 + 1 and tests.event_date + 7 * 13
where
    week.source = 'records'
    and week.counting = 'all'
    and week.direction = 'undirected'
    and 'PRK' in (week.actor1_iso3, week.actor2_iso3)
    and week.actor1_iso3 in ('JPN', 'KOR', 'PRK')
    and week.actor2_iso3 in ('KOR', 'PRK', 'USA')
group by all
order by nuclear_test, week.actor1_iso3, week.actor2_iso3;
