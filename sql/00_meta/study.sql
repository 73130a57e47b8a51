-- The settings that the SQL below needs, as one row, so that a published number can be traced to
-- them. Filled from detente.toml before anything else is built.
create or replace table meta.study (
    name varchar not null,
    start_date date not null,
    as_of date not null,
    half_life_days double not null,
    scale varchar not null,
    officials varchar not null,
    weighting varchar not null,
    points_per_score double not null,
    significance double not null,
    settings_sha256 varchar not null,
);
