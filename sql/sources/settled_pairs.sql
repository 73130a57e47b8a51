-- What becomes of a row that names several actors: each pair that is in scope is an event of its own,
-- told once; a row without any such pair is one row outside the scope. A row of which one actor is
-- refused is refused as a whole. An event keeps the names beside it that no table knows.
with
named as (
    select
        * exclude (unknown_names),
        array_to_string(
            list_sort(list_distinct(flatten(list(
                case
                    when reason = 'an actor is unknown'
                        then list_filter(
                            [if(is_known1, null, actor1_name), if(is_known2, null, actor2_name)],
                            lambda one: one is not null
                        )
                    else []
                end
            ) over (partition by batch_row)))),
            '; '
        ) as names,
    from coded_pair
)

select
    * exclude (names),
    if(reason is null, nullif(names, ''), null) as unknown_names,
from named
qualify
    case
        when count(problem) over (partition by batch_row) > 0 then problem is not null
        when count(*) filter (reason is null) over (partition by batch_row) > 0 then reason is null
        else true
    end
    and row_number() over (
        partition by
            batch_row,
            if(problem is null, actor1_iso3, null),
            if(problem is null, actor2_iso3, null)
        order by problem nulls last, reason, actor1_name, actor2_name
    ) = 1
order by batch_row, actor1_iso3, actor2_iso3
