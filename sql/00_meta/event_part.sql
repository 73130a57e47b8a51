-- Private. The Parquet files of the event store that this database reads; a client needs them
-- beside it.
create or replace table meta.event_part (
    path varchar primary key,
    folder varchar not null,
    source varchar not null,
    kind varchar not null,
    n_events bigint not null,
    bytes bigint not null,
);
