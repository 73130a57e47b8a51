-- The rows of a batch with the states that their actors are, and what becomes of them: `problem`
-- names the column for which a row is refused, `reason` why an accepted one lies outside the scope.
-- A row with neither is loaded. What only a loaded event needs is left out of the others.
select
    told.event_id,
    told.event_date,
    told.actor1_name,
    told.actor2_name,
    coalesce(code.cameo_code, base.cameo_code) as cameo_code,
    case
        when told.problem is not null then told.problem
        when coalesce(code.cameo_code, base.cameo_code) is null then '$code'
    end as problem,
    case
        when told.outside is not null then told.outside::reason
        when told.actor1_name is null or told.actor2_name is null
            then 'an actor is missing'::reason
        when not coalesce(actor1.is_in_scope, false) or not coalesce(actor2.is_in_scope, false)
            then 'an actor is no state in scope'::reason
        when actor1.iso3 = actor2.iso3 then 'both actors are of one state'::reason
    end as reason,
    if(reason is null, actor1.iso3, null) as actor1_iso3,
    if(reason is null, actor2.iso3, null) as actor2_iso3,
    if(
        reason is null,
        columns(
            lambda name: name in (
                'added_at', 'actor1_sector', 'actor2_sector', 'goldstein_reported', 'n_mentions',
                'category', 'title', 'source_name', 'source_url', 'latitude', 'longitude'
            )
        ),
        null
    ),
from told
left join country as actor1 on told.actor1_name = actor1.name
left join country as actor2 on told.actor2_name = actor2.name
left join code on told.cameo_code = code.name
left join code as base on told.cameo_base = base.name
