-- Rulings, declarations, apologies, protests and endorsements; one row per record.
create or replace view core.statement as
select
    record_id,
    event_date,
    end_date,
    category,
    actor1,
    actor2,
    attributes['kind'] as kind,
    attributes['issue'] as issue,
    attributes['note'] as note,
    title,
    source_name,
    source_url,
    raw_file_id,
    raw_row,
from core.record
where category in (
    'court_ruling', 'declaration', 'apology', 'compensation', 'protest', 'endorsement',
    'diplomatic_act', 'verbal_conflict'
);
