-- Which rows were refused, where do they stand, and why?
select
    raw_file.path,
    rejected.raw_row,
    rejected.column_name,
    rejected.value,
    rejected.reason,
    rejected.raw_text,
from core.event_rejected as rejected
inner join meta.raw_file as raw_file using (raw_file_id)
order by raw_file.path, rejected.raw_row;
