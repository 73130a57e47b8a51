-- Days on which a source that publishes every quarter of an hour has fewer files than quarters:
-- listed ones that could not be downloaded, and quarters for which the provider lists none. The first and
-- the last day are left out, as a feed begins and ends within a day.
create or replace view meta.short_day as
with
files as (
    select
        source,
        covers_from as day,
        count(*) filter (status in ('loaded', 'no_rows')) as n_files,
        count(*) filter (status not in ('loaded', 'no_rows')) as n_missing,
    from meta.raw_file
    where source in ('gdelt2', 'gdelt2_translation')
    group by source, covers_from
),

spans as (
    select source, min(day) as first_day, max(day) as last_day
    from files
    group by source
),

days as (
    select source, unnest(range(first_day + 1, last_day, interval 1 day))::date as day
    from spans
)

select
    days.source,
    days.day,
    coalesce(files.n_files, 0) as n_files,
    coalesce(files.n_missing, 0) as n_missing,
    96 - coalesce(files.n_files, 0) - coalesce(files.n_missing, 0) as n_unlisted,
from days
left join files using (source, day)
where coalesce(files.n_files, 0) < 96
order by days.source, days.day;
