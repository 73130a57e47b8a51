-- How surely each year is the lowest, or the highest, of its dyad: the share of bootstrap draws in
-- which its net score is. The draws are those that the intervals of the years come from, taken of
-- all years at once. Complete years with acts are compared, on the scale of the study and on every
-- other. One row per dyad, scale and year. Filled by detente.analysis.
create or replace table stats.extreme_year (
    source varchar not null,
    counting varchar not null,
    actor1_iso3 varchar not null,
    actor2_iso3 varchar not null,
    freq varchar not null,
    measure varchar not null,
    test_id varchar not null,
    outcome varchar not null,
    is_disputed boolean not null,
    is_refused boolean not null,
    scale varchar not null,
    period_start date,
    net double,
    p_lowest double,
    p_highest double,
    n_obs bigint,
    span varchar,
    settings varchar,
    refusal varchar,
    warnings varchar[] not null,
    sentence varchar not null,
);
