-- Days inside a source's coverage of which it knows nothing, whichever the states: between two files
-- that are there, and those of a file that is not loaded. A period that lies in the first whole is
-- null and no zero; one that either touches is not complete, and null if it has no event. What is
-- unknown of single states is in meta.state_gap, of a pair in meta.dyad_gap. A day of which only part
-- is known (meta.part_day) is a gap of the second kind: its events count. Days at the end of a file of
-- several days that another file follows at once count as looked at if the silence is no longer than
-- chance would have it (meta.covering_file). A file of half a year under the name of a year leaves its
-- gap.
create or replace table meta.coverage_gap as
with
file as (
    select source, covers_from, last_day, closed_day, is_there
    from meta.covering_file
),

reached as (
    select
        source,
        covers_from,
        max(closed_day) over (
            partition by source
            order by covers_from, closed_day
            rows between unbounded preceding and 1 preceding
        ) as closed_before,
        max(last_day) over (
            partition by source
            order by covers_from, closed_day
            rows between unbounded preceding and 1 preceding
        ) as last_before,
    from file
    where is_there
),

span as (
    select source, min(covers_from) as first_day, max(last_day) as last_day
    from file
    where is_there
    group by source
),

gap as (
    select source, last_before + 1 as first_day, covers_from - 1 as last_day, 'no file' as reason
    from reached
    where covers_from > closed_before + 1
    union all
    select
        file.source,
        file.covers_from as first_day,
        least(file.last_day, span.last_day) as last_day,
        'a file is not loaded' as reason,
    from file
    inner join span using (source)
    where
        not file.is_there
        and file.covers_from between span.first_day and span.last_day
    union all
    select source, day as first_day, day as last_day, 'part of a day' as reason
    from meta.part_day
)

select distinct
    gap.source,
    greatest(gap.first_day, study.start_date) as first_day,
    least(gap.last_day, study.as_of) as last_day,
    gap.reason,
from gap
cross join meta.study as study
where greatest(gap.first_day, study.start_date) <= least(gap.last_day, study.as_of)
order by all;
