-- The breaks that the sequential test finds in each undirected dyad's monthly net score, with a 95%
-- interval for the date (Bai 1997) that allows for heteroskedasticity and for autocorrelation. One
-- row per break. Filled by detente.analysis.
create or replace table stats.break_point (
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
    break_number integer not null,
    last_before date not null,
    last_before_lo date,
    last_before_hi date,
    mean_before double not null,
    mean_after double not null,
    n_obs bigint not null,
    span varchar not null,
    settings varchar not null,
    warnings varchar[] not null,
    sentence varchar not null,
);
