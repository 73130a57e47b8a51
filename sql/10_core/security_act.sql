-- Security agreements, ruptures, talks, incidents and exercises; one row per record.
create or replace view core.security_act as
select
    record_id,
    event_date,
    end_date,
    category,
    actor1,
    actor2,
    attributes['kind'] as kind,
    attributes['place'] as place,
    attributes['fatalities']::integer as fatalities,
    attributes['note'] as note,
    title,
    source_name,
    source_url,
    raw_file_id,
    raw_row,
from core.record
where category in (
    'security_agreement', 'security_rupture', 'security_dialogue', 'military_incident',
    'military_exercise', 'military_posture'
);
