-- What follows a surprise of one standard deviation in one direction of a dyad: the response in the
-- other direction and in the same one, month by month, with pointwise 95 % bands (Kilian 1998). One
-- row a kind, impulse, response and horizon; a model that the dyad cannot bear has one row with its
-- reason. Filled by detente.infer.
create or replace table stats.impulse_response (
    source varchar not null,
    counting varchar not null,
    actor1_iso3 varchar not null,
    actor2_iso3 varchar not null,
    freq varchar not null,
    measure varchar not null,
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
