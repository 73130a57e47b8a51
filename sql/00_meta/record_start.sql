-- Kinds of records that a file holds only from some day on, as its sidecar declares ([[starts]]). A
-- series that such records are part of rises or falls at that day because the file begins there. One
-- row per declared start.
create or replace table meta.record_start (
    raw_file_id varchar not null,
    category varchar not null,
    attributes map(varchar, varchar) not null,
    first_day date not null,
    why varchar not null,
);
