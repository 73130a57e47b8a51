-- Private. In a database as of a past day the rows that counted then and do not today, as a release
-- of a later day has replaced them, and those that count today and did not then; otherwise empty.
create or replace table core.earlier_telling (
    raw_file_id varchar not null,
    raw_row bigint not null,
    counted boolean not null,
);
