-- What becomes of a row that names several actors: each pair that is in scope is an event of its own,
-- told once; a row without any such pair is one row outside the scope. A row of which one actor is
-- refused is refused as a whole.
select *
from coded_pair
qualify
    case
        when count(problem) over (partition by batch_row) > 0 then problem is not null
        when count(*) filter (reason is null) over (partition by batch_row) > 0 then reason is null
        else true
    end
    and row_number() over (
        partition by batch_row, if(problem is null, actor1_iso3, null), if(problem is null, actor2_iso3, null)
        order by problem nulls last, reason, actor1_name, actor2_name
    ) = 1
order by batch_row, actor1_iso3, actor2_iso3
