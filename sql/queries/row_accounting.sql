-- Where did each row of each raw file go?
select
    raw_file_id,
    n_rows,
    n_loaded,
    n_out_of_scope,
    n_unknown,
    n_duplicate,
    n_rejected,
    status,
from meta.raw_file
order by raw_file_id;
