-- Whether what one state did helps to predict what the other does in return: a vector
-- autoregression of the two directions of each dyad, monthly net scores. One row per direction;
-- actor1 and actor2 are the direction that is predicted, from the past of the other one. A model
-- that the series does not support has a row with its reason. Asked of all acts, and again of the
-- acts alone of records in which one side acts: a meeting is an act of both and an answer of
-- neither. Filled by detente.analysis.
create or replace table stats.granger (
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
    acts varchar not null,
    test varchar not null,
    null_hypothesis varchar,
    alternative varchar,
    statistic double,
    distribution varchar,
    p_value double,
    p_adjusted double,
    same_period_correlation double,
    share_two_sided double,
    n_obs bigint,
    span varchar,
    settings varchar,
    refusal varchar,
    warnings varchar[] not null,
    sentence varchar not null,
);
