-- What to expect: the sums of the next three and six months and the odds of each month ahead, from the
-- last complete month. The forecast is an equal mix of the past, its weights halved every 24
-- months, and the level model; its intervals are calibrated by adaptive conformal inference
-- (docs/methods.md, Outlook). coverage_80 and coverage_95 say how often such intervals held the
-- outcome at the later origins. Filled by detente.analysis.
create or replace table stats.outlook (
    source varchar not null,
    counting varchar not null,
    actor1_iso3 varchar not null,
    actor2_iso3 varchar not null,
    target varchar not null,
    horizon bigint not null,
    origin date not null,
    period_start date not null,
    period_end date not null,
    mean double not null,
    median double not null,
    lo_50 double not null,
    hi_50 double not null,
    lo_80 double not null,
    hi_80 double not null,
    lo_95 double not null,
    hi_95 double not null,
    p_conflict double not null,
    p_nothing double not null,
    p_cooperation double not null,
    coverage_80 double,
    coverage_95 double,
    n_judged bigint not null,
);
