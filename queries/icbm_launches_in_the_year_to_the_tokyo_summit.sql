-- How many times did North Korea launch an intercontinental ballistic missile in the twelve months
-- to 16 March 2023, that day included?
select
    count(distinct event_date) as n_launch_days,
    sum(coalesce(n_missiles, 1)) as n_missiles,
    list(distinct event_date order by event_date) as launch_days,
from core.missile_launch
where
    missile_class = 'ICBM'
    and event_date > date '2022-03-16'
    and event_date <= date '2023-03-16';
