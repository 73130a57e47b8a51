-- Acts of hand-kept records that count for less than their points, because what they take back was
-- taken back already or was worth less (`taking_back` of the settings). Filled by
-- detente.refresh.record_tables.
create or replace table core.record_share (
    record_id varchar not null,
    actor1_iso3 varchar not null,
    actor2_iso3 varchar not null,
    counted_share double not null,
    primary key (record_id, actor1_iso3, actor2_iso3),
);
