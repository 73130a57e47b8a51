-- A second opinion on the breaks: a mean that goes to and fro between two levels (Markov switching,
-- Hamilton 1989). One row a period with its likeliest regime, given the whole series; a model that
-- the series cannot bear has one row with its reason. No test: under one regime the switching is not
-- identified, so BIC is set against that of a single mean. Filled by detente.analysis.
create or replace table stats.regime (
    source varchar not null,
    counting varchar not null,
    actor1_iso3 varchar not null,
    actor2_iso3 varchar not null,
    freq varchar not null,
    measure varchar not null,
    period_start date,
    regime integer,
    regime_mean double,
    probability double,
    n_regimes integer,
    bic double,
    bic_one_regime double,
    is_converged boolean,
    n_obs bigint,
    span varchar,
    settings varchar,
    refusal varchar,
    warnings varchar[] not null,
    sentence varchar not null,
);
