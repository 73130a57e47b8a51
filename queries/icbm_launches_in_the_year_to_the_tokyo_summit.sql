-- How many times did North Korea launch an intercontinental ballistic missile in the twelve months
-- to 16 March 2023, that day included?
select
    count(distinct day) as n_launch_days,
    sum(coalesce(n_missiles, 1)) as n_missiles,
    list(distinct day order by day) as launch_days,
from launch
where
    missile_class = 'ICBM'
    and day > date '2022-03-16'
    and day <= date '2023-03-16';
