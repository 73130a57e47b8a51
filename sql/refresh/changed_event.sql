-- The dyad-days whose events differ between the database before and this one: from the parts of the
-- store that came or went, from what only the later day of this database shows, and from the
-- hand-kept records. A part that was merged with others or written again without a row differs only
-- where its rows do.
insert into meta.changed_cell
with
seen as (
    select part.*, -1 as side
    from before.removed_event as part
    cross join before.study as study
    where part.added_at < study.as_of + interval 1 day and part.event_date <= study.as_of
    union all by name
    select part.*, 1 as side
    from before.added_event as part
    cross join meta.study as study
    where part.added_at < study.as_of + interval 1 day and part.event_date <= study.as_of
    union all by name
    select part.*, 1 as side
    from before.hidden_event as part
    cross join meta.study as study
    where part.added_at < study.as_of + interval 1 day and part.event_date <= study.as_of
),

told as (
    select
        source, event_date as day, actor1_iso3, actor2_iso3, side,
        hash(
            event_id, null, cameo_code, is_official, 1::double, n_mentions, added_at,
            n_deaths, n_deaths_low, n_deaths_high
        ) as print,
    from seen
    union all by name
    select
        source, event_date as day, actor1_iso3, actor2_iso3, side,
        hash(
            event_id, record_id, cameo_code, is_official, counted_share, n_mentions, added_at,
            n_deaths, n_deaths_low, n_deaths_high
        ) as print,
    from (
        select *, -1 as side from before.record_event
        union all
        select *, 1 as side from core.record_event
    )
)

select source, actor1_iso3, actor2_iso3, day
from told
group by all
having sum(side) <> 0 or sum(side * print::hugeint) <> 0
order by all;
