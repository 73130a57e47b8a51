-- Days inside a source's coverage for which it has no data on a state, for every state and
-- territory. 'no file of the state': the source's files are exports, each of the states that a
-- person chose, and none that includes the state covers these days. An export includes the states
-- in which its events took place, and those of any export with the same states; of worldwide
-- exports by year a tenth of the states may differ, as not every state has an event every year. A
-- file whose states nobody chose includes every state. 'no event in the state': no file of such a
-- source has an event there, and nobody can tell whether the files leave the state out or nothing
-- happened. 'before the source covers the state': by the source's own list (core.state_coverage).
-- 'the state did not exist': by core.state_spell. Rows with different reasons may overlap.
-- meta.dyad_gap has them by pair.
create or replace table meta.state_gap as
with
file as (
    select source, raw_file_id, covers_from, last_day, closed_day, places
    from meta.covering_file
    where is_there
),

span as (
    select source, min(covers_from) as first_day, max(last_day) as last_day
    from file
    group by source
    having count(places) > 0
),

-- Each set of states once: a source may have thousands of files.
scope as (
    select distinct source, places
    from file
    where places is not null
),

looks as (
    select distinct one.source, one.places, unnest(other.places) as iso3
    from scope as one
    inner join scope as other
        on
            one.source = other.source
            and 10 * len(list_intersect(one.places, other.places))
            >= 9 * len(list_distinct(list_concat(one.places, other.places)))
),

looking as (
    select file.source, looks.iso3, file.covers_from, file.last_day, file.closed_day
    from file
    inner join looks using (source, places)
    union all
    select file.source, actor.iso3, file.covers_from, file.last_day, file.closed_day
    from file
    inner join span using (source)
    cross join core.actor as actor
    where file.places is null
),

reached as (
    select
        source,
        iso3,
        covers_from,
        max(closed_day) over earlier as closed_before,
        max(last_day) over earlier as last_before,
    from looking
    window earlier as (
        partition by source, iso3
        order by covers_from, closed_day
        rows between unbounded preceding and 1 preceding
    )
),

gap as (
    select
        source,
        iso3,
        last_before + 1 as first_day,
        covers_from - 1 as last_day,
        'no file of the state' as reason,
    from reached
    where covers_from > closed_before + 1
    union all
    select
        source, iso3, any_value(span.first_day), min(looking.covers_from) - 1, 'no file of the state'
    from looking
    inner join span using (source)
    group by source, iso3
    union all
    select
        source, iso3, max(looking.last_day) + 1, any_value(span.last_day), 'no file of the state'
    from looking
    inner join span using (source)
    group by source, iso3
    union all
    select span.source, actor.iso3, span.first_day, span.last_day, 'no event in the state'
    from span
    cross join core.actor as actor
    anti join looking
        on looking.source = span.source and looking.iso3 = actor.iso3
    union all
    select
        coverage.source, begun.iso3, coverage.first_day, begun.first_day - 1,
        'before the source covers the state'
    from meta.coverage as coverage
    inner join core.state_coverage as begun using (source)
    union all
    select
        coverage.source, absence.iso3, absence.first_day, absence.last_day,
        'the state did not exist'
    from core.state_absence as absence
    cross join meta.coverage as coverage
)

select
    gap.source,
    gap.iso3,
    greatest(gap.first_day, coverage.first_day) as first_day,
    least(gap.last_day, coverage.last_day) as last_day,
    gap.reason,
from gap
inner join meta.coverage as coverage using (source)
semi join core.actor as actor
    on actor.iso3 = gap.iso3
where greatest(gap.first_day, coverage.first_day) <= least(gap.last_day, coverage.last_day)
order by all;
