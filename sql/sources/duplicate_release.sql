-- Rows of the batch that another row ranks above: one of the same event in a file of a higher
-- release, or earlier by file name and line; or any event of a day that a higher release covers,
-- which has withdrawn what it leaves out, unless the file was made later; or one in a numbering that
-- its provider has given up, of a day and a state that a file in a newer one covers: nobody can tell
-- which event it is there.
create or replace temp table duplicate as
with
ranked as (
    select
        coded.batch_row,
        coded.event_id,
        coded.raw_file_id,
        coded.raw_row,
        coded.told_at,
        coalesce(rank.level, 0) as level,
        exists(
            select 1
            from release
            where
                release.level > coalesce(rank.level, 0)
                and (rank.scope is null and release.scope = '' or release.scope = rank.scope)
                and coalesce(rank.made <= release.made, true)
                and coded.event_date between release.first_day and release.last_day
        )
        or exists(
            select 1
            from renumbered
            where
                renumbered.numbering > coded.numbering
                and (renumbered.places is null or list_contains(renumbered.places, coded.numbered_in))
                and coded.event_date between renumbered.first_day and renumbered.last_day
        ) as is_owned,
    from coded
    left join rank on rank.raw_file_id = coded.raw_file_id::varchar
    where coded.problem is null
)

select distinct batch_row, event_id, raw_file_id
from ranked
qualify
    is_owned
    or dense_rank() over (
        partition by event_id
        order by is_owned, told_at desc nulls last, level desc, raw_file_id, raw_row
    ) > 1
