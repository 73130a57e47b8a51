-- The rows of a batch with the states that their actors are, and what becomes of them: `problem`
-- names the column for which a row is refused, `reason` why an accepted one lies outside the scope.
-- A row with neither is loaded. A name that no table knows on the event's day is unknown, which is
-- not the same as out of scope; a layout may refuse it. What only a loaded event needs is left out
-- of the others. The macros `actor_key` and `code_key` say how the source spells states and codes.
select
    told.event_id,
    told.event_date,
    told.actor1_name,
    told.actor2_name,
    coalesce(code.cameo_code, base.cameo_code) as cameo_code,
    coalesce(told.event_date between actor1.first_day and actor1.last_day, false) as is_known1,
    coalesce(told.event_date between actor2.first_day and actor2.last_day, false) as is_known2,
    case
        when told.problem is not null then told.problem
        when told.event_date < getvariable('earliest') then '$day'
        when coalesce(code.cameo_code, base.cameo_code) is null then '$code'
        when getvariable('refuses_unknown') and not is_known1 then '$actor1'
        when getvariable('refuses_unknown') and not is_known2 then '$actor2'
    end as problem,
    case
        when told.actor1_name is null or told.actor2_name is null
            then 'an actor is missing'::reason
        when (not is_known1 and told.is_country1) or (not is_known2 and told.is_country2)
            then 'an actor is unknown'::reason
        when
            not is_known1 or not is_known2
            or not actor1.is_in_scope or not actor2.is_in_scope
            then 'an actor is no state in scope'::reason
        when actor1.iso3 = actor2.iso3 then 'both actors are of one state'::reason
        -- Last, so that it is counted of what would be an event.
        else told.outside::reason
    end as reason,
    if(reason is null, actor1.iso3, null) as actor1_iso3,
    if(reason is null, actor2.iso3, null) as actor2_iso3,
    if(
        reason is null,
        columns(
            lambda name: name in (
                'added_at', 'actor1_sector', 'actor2_sector', 'goldstein_reported',
                'quad_class_reported', 'n_mentions', 'n_sources', 'is_root_event', 'avg_tone',
                'n_deaths', 'n_deaths_low', 'n_deaths_high', 'contexts', 'category', 'title',
                'source_name', 'source_url', 'place_country', 'latitude', 'longitude'
            )
        ),
        null
    ),
    null::varchar as unknown_names,
    -- Of an event that several files report the latest version counts, in scope or not.
    told.told_at,
    -- Of an event in a numbering that its provider has given up: which one, and the state it took
    -- place in.
    told.numbering,
    told.numbered_in,
    columns(lambda name: name in ('batch_row', 'n_pairs')),
from told
left join country as actor1 on actor_key(told.actor1_name) = actor1.name
left join country as actor2 on actor_key(told.actor2_name) = actor2.name
left join code on code_key(told.cameo_code) = code.name
left join code as base on code_key(told.cameo_base) = base.name
