-- The days of the feeds' periods that are drawn again. Quarters and years are added up from their
-- months (detente.indices.draws).
create or replace table before.wanted_day as
select distinct
    unnest(generate_series(period_start, period_end, interval 1 day))::date as day,
from (
    select source, period_start, period_end
    from before.changed_period
    where freq = 'week'
    union all
    select source, period_start, period_end
    from before.drawn_month
)
where not meta.is_hand_kept(source);
