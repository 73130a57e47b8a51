-- The accounts of a source's files are held against the store itself: as many rows outside the scope or
-- of unknown actors as it keeps, and at least one event for each row that is loaded. A database as
-- of a past day shows a part of what the store keeps of a source's releases.
with
held as (
    select
        source,
        coalesce(sum(n_events) filter (kind = 'event'), 0)::bigint as n_events,
        coalesce(sum(n_events) filter (kind = 'other'), 0)::bigint as n_others,
    from meta.event_part
    group by source
),

told as (
    select
        source,
        sum(n_loaded)::bigint as n_loaded,
        sum(n_out_of_scope + n_unknown)::bigint as n_outside,
    from meta.raw_file
    where not meta.is_hand_kept(source) and status <> 'superseded'
    group by source
)

select
    told.source,
    told.n_loaded,
    coalesce(held.n_events, 0) as n_events,
    told.n_outside,
    coalesce(held.n_others, 0) as n_others,
from told
left join held using (source)
where
    not exists (
        select 1
        from meta.raw_file as file
        where file.source = told.source and file.status = 'not_yet_public'
    )
    and (told.n_outside <> coalesce(held.n_others, 0)
    or told.n_loaded > coalesce(held.n_events, 0)
    or (told.n_loaded = 0) <> (coalesce(held.n_events, 0) = 0));
