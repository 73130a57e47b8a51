-- What the net score of each dyad does after events of one kind (launches, meetings, measures) beyond
-- what the level of the months before led one to expect. The score is built without the records of
-- that kind, so that an event is not its own effect. The method 'event study' answers the question;
-- 'placebo dates' ranks the same change among those of other dates and is a family of tests of its
-- own. One row per method. Filled by detente.analysis.
create or replace table stats.event_effect (
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
    method varchar not null,
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
    p_pre_trend double,
    n_obs bigint,
    span varchar,
    settings varchar,
    refusal varchar,
    warnings varchar[] not null,
    sentence varchar not null,
);
