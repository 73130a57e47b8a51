-- The series that reports, named queries, notices and commands show unless told otherwise, one row.
-- A refresh resolves it from [report] series of detente.toml and from what is there; no row where
-- nothing is loaded.
create or replace table meta.reported_series (
    source varchar not null,
    sources varchar[] not null,
    counting varchar not null,
    freq varchar not null,
    measure varchar not null,
    reason varchar not null,
);
