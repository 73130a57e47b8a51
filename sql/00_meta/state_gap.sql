-- Where a source's files hold the events of some states only (exports that a person chose): the days
-- inside the source's span on which no file looks at a state of the study. A file looks at the
-- states in which its events took place, and at those of a file with the same states; of worldwide
-- exports by year a tenth of the states may differ, as not every state has an event every
-- year. A file of which nobody chose the states looks at all. A state in which no file has an event
-- has one row for the whole span, with another reason: whether the files leave it out, or nothing
-- took place there, nobody can tell, and the source's coverage does not depend on it.
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

state as (
    select distinct unnest([actor1_iso3, actor2_iso3]) as iso3
    from meta.study_dyad
),

-- Each set of states once: a source may have thousands of files.
scope as (
    select distinct source, places
    from file
    where places is not null
),

looks as (
    select distinct one.source, one.places, state.iso3
    from scope as one
    inner join scope as other
        on
            one.source = other.source
            and 10 * len(list_intersect(one.places, other.places))
            >= 9 * len(list_distinct(list_concat(one.places, other.places)))
    inner join state
        on list_contains(other.places, state.iso3)
),

looking as (
    select file.source, looks.iso3, file.covers_from, file.last_day, file.closed_day
    from file
    inner join looks using (source, places)
    union all
    select file.source, state.iso3, file.covers_from, file.last_day, file.closed_day
    from file
    inner join span using (source)
    cross join state
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
    select source, iso3, last_before + 1 as first_day, covers_from - 1 as last_day
    from reached
    where covers_from > closed_before + 1
    union all
    select source, iso3, any_value(span.first_day), min(looking.covers_from) - 1
    from looking
    inner join span using (source)
    group by source, iso3
    having min(looking.covers_from) > any_value(span.first_day)
    union all
    select source, iso3, max(looking.last_day) + 1, any_value(span.last_day)
    from looking
    inner join span using (source)
    group by source, iso3
    having max(looking.last_day) < any_value(span.last_day)
)

select
    gap.source,
    gap.iso3,
    greatest(gap.first_day, study.start_date) as first_day,
    least(gap.last_day, study.as_of) as last_day,
    'no file of the state' as reason,
from gap
cross join meta.study as study
where greatest(gap.first_day, study.start_date) <= least(gap.last_day, study.as_of)
union all
select span.source, state.iso3, span.first_day, span.last_day, 'no event in the state' as reason,
from span
cross join state
anti join looking
    on looking.source = span.source and looking.iso3 = state.iso3
order by all;
