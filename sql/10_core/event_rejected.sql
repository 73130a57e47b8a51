-- Rows that could not be loaded, whole, with the reason. Nothing is dropped in silence.
create or replace table core.event_rejected (
    raw_file_id varchar not null,
    raw_row bigint not null,
    column_name varchar,
    value varchar,
    reason varchar not null,
    raw_text varchar not null,
);
