-- What the events of one kind do on average over the dyads that they are about: the mean of what came
-- beyond expectation in the six months from an event on, less that in the six before, in standard
-- deviations of each dyad's own months. Errors are clustered by dyad and by month, since one event
-- can concern several dyads. One row per kind of record. Filled by detente.analysis.
create or replace table stats.event_panel (
    source varchar not null,
    counting varchar not null,
    freq varchar not null,
    measure varchar not null,
    test_id varchar not null,
    outcome varchar not null,
    is_disputed boolean not null,
    is_refused boolean not null,
    event_kind varchar not null,
    n_dyads bigint,
    n_events bigint,
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
