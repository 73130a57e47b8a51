-- The months of the study's dyads of which stats.revision and stats.vintage have to be computed again:
-- those whose events differ, and those that a source's coverage came to hold whole, or no longer does.
-- In both orders of the pair, since stats.vintage is directed.
create or replace table before.changed_month as
with
moved as (
    select
        source,
        -- No coverage at all is a coverage that ends before every event.
        coalesce(earlier.last_day, date '1000-01-01') as day_before,
        coalesce(later.last_day, date '1000-01-01') as day_now,
    from before.coverage as earlier
    full join meta.coverage as later using (source)
    where earlier.last_day is distinct from later.last_day
),

months as (
    select
        source,
        unnest(
            generate_series(
                date_trunc('month', least(day_before, day_now)),
                date_trunc('month', greatest(day_before, day_now)),
                interval 1 month
            )
        )::date as period_start,
    from moved
),

touched as (
    select
        cell.source,
        dyad.actor1_iso3,
        dyad.actor2_iso3,
        date_trunc('month', cell.day)::date as period_start,
    from meta.changed_cell as cell
    inner join meta.study_dyad as dyad
        on
            dyad.actor1_iso3 = least(cell.actor1_iso3, cell.actor2_iso3)
            and dyad.actor2_iso3 = greatest(cell.actor1_iso3, cell.actor2_iso3)
    union
    select months.source, dyad.actor1_iso3, dyad.actor2_iso3, months.period_start
    from months
    cross join meta.study_dyad as dyad
)

select source, actor1_iso3, actor2_iso3, period_start from touched
union all
select source, actor2_iso3, actor1_iso3, period_start from touched;
