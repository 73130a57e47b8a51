-- Days on which a source that publishes every quarter of an hour has fewer files than quarters:
-- listed ones that could not be downloaded, and quarters for which the provider lists none. The last
-- day counts once its last file is there: before that it is not over.
create or replace view meta.short_day as
with
files as (
    select
        source,
        covers_from as day,
        count(*) filter (status in ('loaded', 'no_rows')) as n_files,
        count(*) filter (status not in ('loaded', 'no_rows')) as n_missing,
        max(covers_to) filter (status in ('loaded', 'no_rows')) as complete_to,
    from meta.raw_file
    where source in (select source from meta.files_a_day)
    group by source, covers_from
),

spans as (
    select source, min(day) as first_day, max(complete_to) as last_day
    from files
    group by source
),

days as (
    select source, unnest(range(first_day, last_day + 1, interval 1 day))::date as day
    from spans
)

select
    days.source,
    days.day,
    coalesce(files.n_files, 0) as n_files,
    coalesce(files.n_missing, 0) as n_missing,
    wanted.n_files - coalesce(files.n_files, 0) - coalesce(files.n_missing, 0) as n_unlisted,
from days
inner join meta.files_a_day as wanted using (source)
left join files using (source, day)
where coalesce(files.n_files, 0) < wanted.n_files
order by days.source, days.day;
