-- What each undirected dyad's monthly net score is like before anything is asked of it: tests for a
-- unit root, season, dispersion and autocorrelation, and the models that the series cannot bear,
-- each with its reason. One row a test or refusal, and one that sums up. Filled by detente.analysis.
create or replace table stats.diagnostic (
    source varchar not null,
    counting varchar not null,
    actor1_iso3 varchar not null,
    actor2_iso3 varchar not null,
    freq varchar not null,
    measure varchar not null,
    test varchar not null,
    null_hypothesis varchar,
    alternative varchar,
    statistic double,
    distribution varchar,
    p_value double,
    p_adjusted double,
    n_obs bigint,
    span varchar,
    settings varchar,
    refusal varchar,
    warnings varchar[] not null,
    sentence varchar not null,
);
