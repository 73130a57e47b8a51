-- Directed sums of a day, for each way of counting: 'all' events, or 'one_a_day', where an actor
-- pair and code count once a day (the field's usual de-duplication; quad class and Goldstein value
-- depend on the code alone, so it does not matter which of the doubles is kept). Goldstein values
-- are added as decimals, so that a sum does not depend on the order of the events.
create or replace table marts.dyad_day as
with
once as (
    select
        source,
        actor1_iso3,
        actor2_iso3,
        event_date,
        cameo_code,
        any_value(quad_class) as quad_class,
        any_value(goldstein) as goldstein,
    from core.event
    group by source, actor1_iso3, actor2_iso3, event_date, cameo_code
),

counted as (
    select 'all' as counting, source, actor1_iso3, actor2_iso3, event_date, quad_class, goldstein
    from core.event
    union all
    select
        'one_a_day' as counting, source, actor1_iso3, actor2_iso3, event_date, quad_class, goldstein,
    from once
)

select
    source,
    counting,
    actor1_iso3,
    actor2_iso3,
    event_date as day,
    count(*) as n_events,
    count(*) filter (goldstein > 0) as n_cooperation,
    count(*) filter (goldstein < 0) as n_conflict,
    count(*) filter (quad_class = 1) as n_quad1,
    count(*) filter (quad_class = 2) as n_quad2,
    count(*) filter (quad_class = 3) as n_quad3,
    count(*) filter (quad_class = 4) as n_quad4,
    coalesce(sum(goldstein::decimal(18, 6)) filter (goldstein > 0), 0)::double as cooperation,
    coalesce(-sum(goldstein::decimal(18, 6)) filter (goldstein < 0), 0)::double as conflict,
from counted
group by all
order by source, counting, actor1_iso3, actor2_iso3, day;
