-- Hand-kept records as they stand in data/raw/records, validated, one row per accepted CSV row.
-- Where the file leaves target and code to a rule of the settings, `rule` names it.
create or replace table core.record (
    record_id varchar primary key,
    raw_file_id varchar not null,
    raw_row bigint not null,
    event_date date not null,
    end_date date,
    actor1 varchar[] not null,
    actor2 varchar[] not null,
    cameo_code varchar not null,
    reverse_cameo_code varchar,
    category varchar not null,
    title varchar not null,
    source_name varchar not null,
    source_url varchar not null,
    rule varchar,
    attributes map(varchar, varchar) not null,
);
