-- All events that a source reported on a day, in or out of scope: the denominator of the
-- normalised index, kept visible.
create or replace table marts.volume_day as
with
every_event as (
    select source, event_date, actor1_iso3 as actor1, actor2_iso3 as actor2, cameo_code
    from core.event
    union all
    select source, event_date, actor1_name as actor1, actor2_name as actor2, cameo_code
    from core.store_other
),

pairs as (
    select source, event_date, actor1, actor2, cameo_code, count(*) as n
    from every_event
    group by all
)

select
    pairs.source,
    countings.counting,
    pairs.event_date as day,
    sum(case when countings.counting = 'all' then pairs.n else 1 end)::bigint as n_events,
from pairs
cross join (values ('all'), ('one_a_day')) as countings (counting)
group by all
order by source, counting, day;
