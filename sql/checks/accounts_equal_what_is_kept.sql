-- What the accounts of the files say was loaded is what is kept: for hand-kept records file by
-- file, for the event store source by source. If a row is here, an event was lost, kept twice or
-- counted for a file that no longer tells it; `detente doctor --deep` names the files, and
-- `detente rebuild` loads them anew.
with
told as (
    select
        source,
        if(source = 'records', raw_file_id, source) as subject,
        sum(n_loaded)::bigint as n_loaded,
        sum(n_out_of_scope)::bigint as n_out_of_scope,
    from meta.raw_file
    where status in ('loaded', 'no_rows')
    group by all
),

kept as (
    select
        'records' as source,
        raw_file_id as subject,
        count(*) as n_loaded,
        null as n_out_of_scope,
    from core.record
    group by all
    union all
    select
        source,
        source,
        coalesce(sum(n_events) filter (where kind = 'event'), 0)::bigint,
        coalesce(sum(n_events) filter (where kind = 'other'), 0)::bigint,
    from meta.event_part
    group by all
)

select
    coalesce(told.subject, kept.subject) as subject,
    told.n_loaded,
    kept.n_loaded as n_kept,
    told.n_out_of_scope,
    kept.n_out_of_scope as n_kept_out_of_scope,
from told
full join kept on told.source = kept.source and told.subject = kept.subject
where
    coalesce(told.n_loaded, 0) <> coalesce(kept.n_loaded, 0)
    or (
        coalesce(told.source, kept.source) <> 'records'
        and coalesce(told.n_out_of_scope, 0) <> coalesce(kept.n_out_of_scope, 0)
    );
