-- The rows of a batch with their place in the file, the states that their actors are, and what
-- becomes of them: `problem` names the column for which a row is refused, `reason` why an accepted
-- one lies outside the scope. A row with neither is loaded.
create or replace temp table coded as
select
    staged.rowid as batch_row,
    segment.raw_file_id,
    segment.first_raw_row + staged.rowid - segment.first_row as raw_row,
    staged.event_id,
    actor1.iso3 as actor1_iso3,
    actor2.iso3 as actor2_iso3,
    coalesce(code.cameo_code, base.cameo_code) as cameo_code,
    case
        when staged.problem is not null then staged.problem
        when coalesce(code.cameo_code, base.cameo_code) is null then '$code'
    end as problem,
    case
        when staged.outside is not null then staged.outside
        when staged.actor1_name is null or staged.actor2_name is null then 'an actor is missing'
        when not coalesce(actor1.is_in_scope, false) or not coalesce(actor2.is_in_scope, false)
            then 'an actor is no state in scope'
        when actor1.iso3 = actor2.iso3 then 'both actors are of one state'
    end as reason,
from staged
asof join segment on staged.rowid >= segment.first_row
left join country as actor1 on actor1.name = staged.actor1_name
left join country as actor2 on actor2.name = staged.actor2_name
left join code on code.name = staged.cameo_code
left join code as base on base.name = staged.cameo_base
