-- Private. The records with what the views event, launch, meeting and measure need of each: its
-- occurrence, its place in its file, and by view the columns that its sidecar declares.
create or replace view core.curated_record as
select
    view.view_name,
    record.record_id,
    coalesce(record.attributes['occurrence_id'], record.record_id) as occurrence_id,
    record.event_date as day,
    record.end_date as last_day,
    record.actor1,
    record.actor2,
    record.cameo_code as code,
    record.category,
    record.title,
    record.source_name,
    record.source_url as source_address,
    file.path as file,
    record.raw_row as line,
    record.attributes,
    view.columns,
    view.effect,
    view.status,
from core.record as record
inner join meta.raw_file as file using (raw_file_id)
cross join meta.study as study
left join meta.record_view as view
    on view.raw_file_id = record.raw_file_id and list_contains(view.categories, record.category)
where record.event_date <= study.as_of;
