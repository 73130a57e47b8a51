-- What the breaks of stats.break_point depend on: the same search, with the same settings, in the series
-- built otherwise (another scale or counting, without one category of records, with the records of the
-- two states alone, with one-sided acts alone, without kinds that are kept only from some day on, by
-- another rule of coding) or searched with the usual trimming. For rules of coding also what they do
-- to the balance and to the level. One row a dyad and variant; the first, 'as_asked', is the search
-- of stats.break_test itself. No new claims are tested, so p-values are not corrected. Filled by
-- detente.analysis.
create or replace table stats.robustness (
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
    position integer not null,
    variant varchar not null,
    variant_of varchar not null,
    variant_words varchar not null,
    n_left_out bigint,
    share_left_out double,
    share_changed double,
    is_counted boolean not null,
    net_12m double,
    level_change double,
    n_breaks integer,
    break_dates date[],
    break_dates_lo date[],
    break_dates_hi date[],
    lost_breaks date[],
    survives boolean,
    test varchar not null,
    null_hypothesis varchar,
    alternative varchar,
    statistic double,
    distribution varchar,
    p_value double,
    n_obs bigint,
    span varchar,
    settings varchar,
    refusal varchar,
    warnings varchar[] not null,
    sentence varchar not null,
);
