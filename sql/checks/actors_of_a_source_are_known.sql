-- Of the rows of a source that name two actors, more are loaded than name an actor that no reference
-- table knows. Where they are not, its series would be zeros that mean nothing: the naming in the
-- settings is another one than the file's, or the provider changed its names (core.unknown_actor
-- lists them).
select
    source,
    sum(n_unknown)::bigint as n_unknown,
    sum(n_loaded)::bigint as n_loaded,
    sum(n_out_of_scope)::bigint as n_out_of_scope,
from meta.raw_file
where status in ('loaded', 'no_rows')
group by source
having sum(n_unknown) > sum(n_loaded);
