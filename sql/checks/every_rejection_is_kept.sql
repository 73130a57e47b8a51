-- The number of rejected rows that a file reports is the number kept with their reason.
select
    raw_file.raw_file_id,
    raw_file.n_rejected,
    count(rejected.raw_row) as n_kept,
from meta.raw_file as raw_file
left join core.event_rejected as rejected using (raw_file_id)
group by raw_file.raw_file_id, raw_file.n_rejected
having raw_file.n_rejected <> count(rejected.raw_row);
