-- Leaders' meetings with the fields of their category; one row per record (a three-party meeting
-- held by one of the three has two: guests with host, and the guests with each other).
create or replace view core.summit as
select
    record_id,
    event_date,
    end_date,
    category,
    actor1,
    actor2,
    attributes['format'] as format,
    attributes['setting'] as setting,
    attributes['place'] as place,
    attributes['participants'] as participants,
    attributes['sidelines_of'] as sidelines_of,
    attributes['note'] as note,
    title,
    source_name,
    source_url,
    raw_file_id,
    raw_row,
from core.record
where category = 'summit';
