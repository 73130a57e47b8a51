-- What each occurrence did to each dyad: a hand-kept record counts as one occurrence even where it
-- acts both ways, a machine-coded event is one by itself. One row per occurrence and undirected
-- pair; `net` is what the occurrence adds to the pair's net score.
create or replace view marts.dyad_event as
select
    event.source,
    coalesce(event.record_id, event.event_id) as occurrence_id,
    least(event.actor1_iso3, event.actor2_iso3) as actor1_iso3,
    greatest(event.actor1_iso3, event.actor2_iso3) as actor2_iso3,
    case
        when bool_and(event.actor1_iso3 < event.actor2_iso3) then 'actor1 acts'
        when bool_and(event.actor1_iso3 > event.actor2_iso3) then 'actor2 acts'
        else 'both act'
    end as who_acts,
    any_value(event.event_date) as event_date,
    any_value(event.category) as category,
    any_value(event.title) as title,
    count(*) as n_events,
    sum((event.goldstein * event.counted_share)::decimal(18, 6))::double as net,
    list(distinct event.cameo_code order by event.cameo_code) as cameo_codes,
    any_value(event.source_name) as source_name,
    any_value(event.source_url) as source_url,
    event.raw_file_id,
    event.raw_row,
from core.event as event
group by
    event.source,
    coalesce(event.record_id, event.event_id),
    least(event.actor1_iso3, event.actor2_iso3),
    greatest(event.actor1_iso3, event.actor2_iso3),
    event.raw_file_id,
    event.raw_row;
