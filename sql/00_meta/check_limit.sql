-- Private. What the checks let pass, one row per source, from [checks] of detente.toml. It stands
-- in the database so that the thresholds by which it was published are on record.
create or replace table meta.check_limit (
    source varchar primary key,
    volume_low double not null,
    volume_high double not null,
    history_high double not null,
    volume_days integer not null,
    volume_min_events double not null,
    may_retract boolean not null,
    retracted_share double not null,
    retracted_events bigint not null,
    max_lag_days integer,
);
