-- One row per run, failed ones included, up to the one that built this file: inputs, versions,
-- seconds per step, checks, and why each step ran. The last row with outcome 'published' is this
-- database.
create or replace table meta.run (
    run_id varchar primary key,
    outcome varchar not null,
    started_at timestamp not null,
    finished_at timestamp,
    as_of date not null,
    inputs_sha256 varchar not null,
    git_revision varchar,
    versions map(varchar, varchar) not null,
    step_seconds map(varchar, double) not null,
    checks_passed varchar[] not null,
    checks_failed varchar[] not null,
    message varchar,
    build varchar,
    build_reason varchar,
    step_reasons map(varchar, varchar),
    n_changed_cells bigint,
    forced_reason varchar,
);
