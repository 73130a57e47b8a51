-- Variance decomposition: the part of the forecast-error variance of each direction of a dyad
-- that is due to shocks in either direction, 1 to 12 periods ahead, from the model of
-- stats.impulse_response. The shares of one response, kind and horizon add up to one. One row per kind,
-- impulse, response and horizon; a model that the dyad does not support has one row with its reason.
-- Filled by detente.analysis.
create or replace table stats.variance_decomposition (
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
    response_kind varchar,
    impulse varchar,
    response varchar,
    horizon integer,
    share double,
    share_lo double,
    share_hi double,
    n_obs bigint,
    span varchar,
    settings varchar,
    refusal varchar,
    warnings varchar[] not null,
    sentence varchar not null,
);
