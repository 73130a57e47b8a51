-- Step or drift: how well five ways of moving explain each dyad's months of cooperation and
-- conflict, as log marginal likelihoods (detente.statistics.level.step_or_drift; docs/methods.md,
-- Step or drift). The word "break" is for dyads where is_step holds: there steps explain the months
-- at least three times as well as drift, with a jump or not. Elsewhere stats.level_change says when
-- the level rose or fell. Filled by detente.analysis.
create or replace table stats.step_or_drift (
    source varchar not null,
    counting varchar not null,
    actor1_iso3 varchar not null,
    actor2_iso3 varchar not null,
    first_month date not null,
    last_month date not null,
    log_constant double not null,
    log_one_step double not null,
    log_several_steps double,
    log_drift double not null,
    log_drift_with_jump double not null,
    verdict varchar not null,
    lead double not null,
    is_step boolean not null,
    step_after date not null,
    p_step_after double not null,
    jump_after date not null,
    p_jump_after double not null,
    sentence varchar not null,
);
