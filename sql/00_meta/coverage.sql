-- From when to when each source can be expected to hold events. A period without events inside it
-- is a zero; outside it nothing is known. A source made of several files of records (one a
-- category) is complete only to the day to which all of them are. A machine-coded source ends with
-- the last day of which its data tell, and is complete to the day before the first gap between its
-- files (meta.coverage_gap).
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

bulk_source as (
    select
        file.source,
        min(file.covers_from) as first_day,
        max(greatest(file.covers_from, file.covers_to)) as last_day,
        least(max(file.covers_to), min(gap.first_day) - 1) as complete_to,
    from meta.raw_file as file
    left join (
        select source, min(first_day) as first_day from meta.coverage_gap group by source
    ) as gap using (source)
    where
        file.source <> 'records'
        and file.status in ('loaded', 'no_rows')
        -- A file of several days without a single event tells of no day.
        and (file.covers_to >= file.covers_from or file.named_to <= file.covers_from)
    group by file.source
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
