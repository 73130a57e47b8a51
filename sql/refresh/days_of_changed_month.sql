-- The days of the months of which stats.revision and stats.vintage are computed again.
create or replace table before.wanted_day as
select distinct
    unnest(generate_series(period_start, last_day(period_start), interval 1 day))::date as day,
from before.changed_month;
