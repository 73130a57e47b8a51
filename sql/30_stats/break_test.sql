-- Tests for breaks in the mean of each undirected dyad's monthly net score, over the months that
-- every file of the source covers: whether there is any break, and how many. A test that a series
-- does not support has a row with its reason in place of a statistic. Filled by detente.analysis.
create or replace table stats.break_test (
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
