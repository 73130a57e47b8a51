-- Files of machine-coded sources that their provider lists and that are not loaded: what was wrong,
-- and how often they were asked for. A refresh asks for them again.
create or replace table meta.missing_file (
    source varchar not null,
    name varchar not null,
    url varchar,
    status varchar not null,
    reason varchar,
    attempts bigint,
    last_tried_at timestamp not null,
    covers_from date,
    covers_to date,
    raw_file_id varchar primary key,
);
