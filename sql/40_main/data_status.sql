-- How far each source goes: one row per source. A period is complete when it ends on or before
-- complete_to and the source has data on both states of the pair for all its days (meta.dyad_gap).
-- Between complete_to and last_day only some of the source's files have data; n_days_short counts
-- the earlier days that lack files, n_dyads_short the pairs of the study with days without data on
-- one of the states.
create or replace view main.data_status as
with
files as (
    select
        source,
        count(*) filter (status in ('loaded', 'no_rows')) as n_files,
        count(*) filter (
            status not in ('loaded', 'no_rows', 'superseded', 'not_yet_public')
        ) as n_missing_files,
        sum(n_rows)::bigint as n_rows,
        sum(n_rejected)::bigint as n_rejected,
    from meta.raw_file
    group by source
),

lacking as (
    select source, day from meta.short_day
    union
    select source, unnest(range(first_day, last_day + 1, interval 1 day))::date as day
    from meta.coverage_gap
),

short as (
    select source, count(*) as n_days
    from lacking
    group by source
),

short_dyad as (
    select source, count(distinct (actor1_iso3, actor2_iso3)) as n_dyads
    from meta.dyad_gap
    where iso3 is not null
    group by source
)

select
    coverage.source,
    coverage.first_day,
    coverage.complete_to,
    coverage.last_day,
    greatest(coverage.last_day - coverage.complete_to, 0)::bigint as n_days_incomplete,
    coalesce(short.n_days, 0) as n_days_short,
    coalesce(short_dyad.n_dyads, 0) as n_dyads_short,
    files.n_files,
    files.n_missing_files,
    files.n_rows,
    files.n_rejected,
    study.as_of,
from meta.coverage as coverage
cross join meta.study as study
left join files using (source)
left join short using (source)
left join short_dyad using (source);
