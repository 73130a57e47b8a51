-- From when to when each source can be expected to hold events. A period without events inside it
-- is a zero; outside it nothing is known. A source made of several files of records (one a
-- category) is complete only to the day to which all of them are. A machine-coded source ends with
-- the last day of its data. complete_to is the last complete day. Earlier days that no file covers
-- are in meta.coverage_gap, days without data on a single state in meta.state_gap; a period of a
-- pair that includes such a day is incomplete.
create or replace table meta.coverage as
with
record_source as (
    select
        source,
        min(covers_from) as first_day,
        max(covers_to) as last_day,
        min(covers_to) as complete_to,
    from meta.raw_file
    where meta.is_hand_kept(source) and covers_to is not null and n_loaded > 0
    group by source
),

bulk_file as (
    select source, covers_from, covers_to
    from meta.raw_file
    where
        not meta.is_hand_kept(source)
        and status in ('loaded', 'no_rows')
        -- A file of several days without a single event tells of no day.
        and (covers_to >= covers_from or named_to <= covers_from)
),

bulk_source as (
    select
        source,
        min(covers_from) as first_day,
        max(greatest(covers_from, covers_to)) as last_day,
        max(covers_to) as reached,
    from bulk_file
    group by source
),

-- The last day outside every gap is the one that was reached, or one that stands before a gap.
candidate as (
    select bulk_source.source, least(bulk_source.reached, study.as_of) as day
    from bulk_source
    cross join meta.study as study
    union all
    select gap.source, gap.first_day - 1 as day
    from meta.coverage_gap as gap
    inner join bulk_source using (source)
    where gap.first_day <= bulk_source.reached
),

whole_day as (
    select candidate.source, max(candidate.day) as complete_to
    from candidate
    anti join meta.coverage_gap as gap
        on gap.source = candidate.source and candidate.day between gap.first_day and gap.last_day
    group by candidate.source
)

select
    one.source,
    greatest(coalesce(one.first_day, study.start_date), study.start_date) as first_day,
    least(one.last_day, study.as_of) as last_day,
    least(one.complete_to, study.as_of) as complete_to,
from (
    from record_source
    union all by name
    select bulk_source.* exclude (reached), whole_day.complete_to
    from bulk_source
    left join whole_day using (source)
) as one
cross join meta.study as study
where greatest(coalesce(one.first_day, study.start_date), study.start_date)
    <= least(one.last_day, study.as_of);
