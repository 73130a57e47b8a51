-- What comes next: forecasts of each dyad's measures by every model, one row a model and month ahead,
-- from the last month that is complete. is_chosen marks the model to use: the challenger where it beat
-- the best baseline on months that had no part in choosing it, else that baseline. Quantiles of the
-- predictive distribution; those of a count are counts. A model that the series cannot bear has a
-- row with its reason. Filled by detente.analysis.
create or replace table stats.forecast (
    source varchar not null,
    counting varchar not null,
    actor1_iso3 varchar not null,
    actor2_iso3 varchar not null,
    freq varchar not null,
    measure varchar not null,
    model varchar not null,
    is_chosen boolean not null,
    origin date,
    horizon bigint,
    period_start date,
    mean double,
    median double,
    lo_50 double,
    hi_50 double,
    lo_80 double,
    hi_80 double,
    lo_95 double,
    hi_95 double,
    n_obs bigint,
    span varchar,
    settings varchar,
    refusal varchar,
    warnings varchar[] not null,
    sentence varchar not null,
);
