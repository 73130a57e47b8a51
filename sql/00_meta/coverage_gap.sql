-- Days inside a source's coverage of which nothing is known: between two files that are there, and
-- those of a file that is not loaded. A period that lies in them whole is null and no zero; one that
-- they touch is not complete. Days at the end of a file of several days that another file follows
-- at once count as looked at if the silence lasts no longer than a week, or than seven times the
-- mean distance of the file's rows: between occurrences at a constant rate one silence of a thousand
-- lasts as long (exp(-7)). A file of half a year under the name of a year leaves its gap.
create or replace table meta.coverage_gap as
with
file as (
    select
        source,
        covers_from,
        greatest(covers_from, covers_to) as last_day,
        -- The name's last day stands where the data reach to near it.
        case
            when
                named_to - covers_to
                <= greatest(7, 7 * (covers_to - covers_from + 1) // greatest(n_rows, 1))
                then greatest(covers_from, named_to)
            else greatest(covers_from, covers_to)
        end
            as closed_day,
        status in ('loaded', 'no_rows') and (covers_to >= covers_from or named_to <= covers_from)
            as is_there,
    from meta.raw_file as one
    where
        not meta.is_hand_kept(source)
        and status not in ('superseded', 'not_yet_public')
        -- A newer version that could not be downloaded leaves the older one standing.
        and not exists (
            select 1
            from meta.raw_file as version
            where
                one.status not in ('loaded', 'no_rows')
                and version.status in ('loaded', 'no_rows')
                and starts_with(
                    version.raw_file_id,
                    regexp_replace(one.raw_file_id, '(\.[A-Za-z]+)*$', '') || '@'
                )
        )
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
