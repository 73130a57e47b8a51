-- The words that the files of records use in columns of a closed list, with their meanings, as the
-- sidecars define them. One row per file, column and value.
create or replace table meta.code_value (
    raw_file_id varchar not null,
    column_name varchar not null,
    value varchar not null,
    meaning varchar not null,
    primary key (raw_file_id, column_name, value),
);
