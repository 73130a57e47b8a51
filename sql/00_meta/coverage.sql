-- From when to when each source can be expected to hold events. A period without events inside it
-- is a zero; outside it nothing is known. A source made of several files of records (one a
-- category) is complete only to the day to which all of them are. A machine-coded source is made
-- of files that follow each other: it is complete to the day before the first gap between them, or
-- before the first file that could not be had.
create or replace table meta.coverage as
with
record_source as (
    select
        source,
        min(covers_from) as first_day,
        max(covers_to) as last_day,
        min(covers_to) as complete_to,
    from meta.raw_file
    where source = 'records' and covers_to is not null and n_loaded > 0
    group by source
),

bulk_file as (
    select
        source,
        covers_from,
        greatest(covers_from, covers_to) as last_day,
        covers_to,
        status in ('loaded', 'no_rows') as is_there,
        max(greatest(covers_from, covers_to))
            filter (status in ('loaded', 'no_rows'))
            over (
                partition by source
                order by covers_from, covers_to
                rows between unbounded preceding and 1 preceding
            ) as reached,
    from meta.raw_file
    where source <> 'records' and status <> 'superseded'
),

bulk_source as (
    select
        source,
        min(covers_from) filter (is_there) as first_day,
        max(last_day) filter (is_there) as last_day,
        least(
            max(covers_to) filter (is_there),
            -- A file that is missing before the first one that is there leaves no gap.
            min(covers_from - 1) filter (not is_there and reached is not null),
            min(reached) filter (is_there and covers_from > reached + 1)
        ) as complete_to,
    from bulk_file
    group by source
    having count(*) filter (is_there) > 0
)

select
    one.source,
    greatest(coalesce(one.first_day, study.start_date), study.start_date) as first_day,
    least(one.last_day, study.as_of) as last_day,
    least(one.complete_to, study.as_of) as complete_to,
from (
    select * from record_source
    union all
    select * from bulk_source
) as one
cross join meta.study as study
where greatest(coalesce(one.first_day, study.start_date), study.start_date)
    <= least(one.last_day, study.as_of);
