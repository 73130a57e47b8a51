-- How far each file of records goes: one row per file, with what it holds and its licence. A file
-- claims to hold every event that its sidecar says it covers from first_day to complete_to
-- (meta.record_start names kinds that begin later). Whether anything happened after complete_to is
-- not known.
create or replace view main.file_status as
with
word as (
    select
        raw_file_id,
        array_to_string(list_sort(list(value)), ';') as categories,
    from meta.code_value
    where column_name = 'category'
    group by raw_file_id
)

select
    file.path as file,
    file.title,
    word.categories,
    file.covers_from as first_day,
    file.covers_to as complete_to,
    file.n_rows,
    file.n_rejected,
    file.producer,
    file.licence,
    file.checked,
from meta.raw_file as file
left join word using (raw_file_id)
where file.source = meta.hand_kept() and file.status in ('loaded', 'no_rows');
