-- Private. In a database as of a past day the rows that counted then and that a release of a later
-- day has replaced since; otherwise empty.
create or replace table core.earlier_telling (
    raw_file_id varchar not null,
    raw_row bigint not null,
);
