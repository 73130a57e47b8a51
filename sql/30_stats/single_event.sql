-- What single events of note did to a dyad: the jump of its measure at the event, beyond the line of
-- the three years before (interrupted time series). Which events are of note stands in the settings.
-- The measure is built without the records of the event's kind; other events of the kind inside the
-- window are held as steps of one common size. An event that cannot be told apart from those around
-- it has a row with the reason. One row a dyad and event. Filled by detente.analysis.
create or replace table stats.single_event (
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
    event_kind varchar not null,
    event_date date,
    title varchar,
    effect double,
    effect_lo double,
    effect_hi double,
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
