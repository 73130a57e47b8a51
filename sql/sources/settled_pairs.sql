-- What becomes of a row that names several actors: each pair that is in scope is an event of its own,
-- told once; a row without any such pair is one row outside the scope, or refused.
select *
from coded_pair
qualify
    -- A row of which one actor is refused is refused as a whole.
    if(
        count(problem) over (partition by batch_row) > 0,
        problem is not null,
        true
    )
    and if(
        count(*) filter (problem is null and reason is null) over (partition by batch_row) > 0,
        problem is null and reason is null,
        true
    )
    and row_number() over (
        partition by batch_row, actor1_iso3, actor2_iso3
        order by problem nulls last, reason, actor1_name, actor2_name
    ) = 1
order by batch_row, actor1_iso3, actor2_iso3
