-- A file whose header cannot be read has all its rows rejected. Publishing without it would make
-- its whole category of events disappear overnight.
select
    raw_file_id,
    n_rows,
    note,
from meta.raw_file
where status = 'refused';
