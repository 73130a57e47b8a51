-- A row of a raw file is loaded, out of scope, of an unknown actor, a duplicate or rejected. If one
-- is missing here, data was lost between the file and the tables.
select
    raw_file_id,
    n_rows,
    n_loaded + n_out_of_scope + n_unknown + n_duplicate + n_rejected as n_accounted,
from meta.raw_file
where n_rows <> n_loaded + n_out_of_scope + n_unknown + n_duplicate + n_rejected;
