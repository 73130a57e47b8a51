-- The days of which only events outside the scope differ from the database before. Such a day has
-- another volume, but no dyad of it has other sums.
insert into meta.changed_cell (source, day)
with
seen as (
    select part.*, -1 as side
    from before.removed_other as part
    where part.event_date <= (select as_of from before.study)
    union all by name
    select part.*, 1 as side
    from before.added_other as part
    where part.event_date <= (select as_of from meta.study)
    union all by name
    select part.*, 1 as side
    from before.hidden_other as part
    where part.event_date <= (select as_of from meta.study)
),

differs as (
    select source, event_date as day
    from seen
    group by all
    having
        sum(side) <> 0
        or sum(
            side
            * hash(event_id, reason, actor1_name, actor2_name, cameo_code)::hugeint
        ) <> 0
)

select source, day
from differs
where (source, day) not in (select (source, day) from meta.changed_cell)
order by all;
