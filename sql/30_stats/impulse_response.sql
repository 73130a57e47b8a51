-- The response to a shock of one standard deviation in one direction of a dyad: in the
-- other direction and in the same one, period by period, with pointwise 95% bands (Kilian 1998);
-- and the same among the six directions of each triad of the settings, whose rows have `triad` in
-- place of actors. One row per kind, impulse, response and horizon; a model that the series does
-- not support has one row with its reason. Filled by detente.analysis.
create or replace table stats.impulse_response (
    source varchar not null,
    counting varchar not null,
    actor1_iso3 varchar,
    actor2_iso3 varchar,
    freq varchar not null,
    measure varchar not null,
    test_id varchar not null,
    outcome varchar not null,
    is_disputed boolean not null,
    is_refused boolean not null,
    triad varchar,
    response_kind varchar,
    impulse varchar,
    response varchar,
    horizon integer,
    response_value double,
    response_lo double,
    response_hi double,
    n_obs bigint,
    span varchar,
    settings varchar,
    refusal varchar,
    warnings varchar[] not null,
    sentence varchar not null,
);
