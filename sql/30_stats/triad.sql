-- Whether one relation of three states depends on the past of the others (Goldstein and others 2001): a
-- vector autoregression of the scores of the three dyads, undirected, and one of their six directions
-- (does what A does to B follow what C does to A?), for the triads that the settings name. One row per
-- question; a model that the series does not support has a row with its reason. Filled by
-- detente.analysis.
create or replace table stats.triad (
    source varchar not null,
    counting varchar not null,
    freq varchar not null,
    measure varchar not null,
    test_id varchar not null,
    outcome varchar not null,
    is_disputed boolean not null,
    is_refused boolean not null,
    triad varchar not null,
    direction varchar not null,
    predicted varchar,
    predictors varchar,
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
