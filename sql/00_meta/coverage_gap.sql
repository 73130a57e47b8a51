-- Days inside a source's coverage for which it has no data on any state: days between two files,
-- and days of a file that is not loaded. A period that lies wholly between two files is null, not
-- zero. Any other period that includes a day of a gap is incomplete: it shows the events that are
-- known, and is null without any. A day of which only part is known (meta.part_day) is a gap, too,
-- and its events count. Days without data on a single state are in meta.state_gap, those of a pair
-- in meta.dyad_gap. Where a file ends in a silence and another file follows at once, the days of
-- the silence count as covered unless it is too long to be chance (meta.covering_file): a file
-- named after a year that ends in June leaves a gap.
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
        max(closed_day) over earlier as closed_before,
        max(last_day) over earlier as last_before,
    from file
    where is_there
    window earlier as (
        partition by source
        order by covers_from, closed_day
        rows between unbounded preceding and 1 preceding
    )
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
