-- The curves behind stats.event_effect: where a dyad's measure stands, period by period before and
-- after an event of a kind, against the last period before it. Pointwise 95 % bands; negative
-- horizons are before the event and show whether the series was moving already. One row a method and
-- horizon; a curve that cannot be had has one row with its reason. Filled by detente.analysis.
create or replace table stats.event_path (
    source varchar not null,
    counting varchar not null,
    actor1_iso3 varchar not null,
    actor2_iso3 varchar not null,
    freq varchar not null,
    measure varchar not null,
    event_kind varchar not null,
    method varchar not null,
    horizon integer,
    n_events bigint,
    effect double,
    effect_lo double,
    effect_hi double,
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
