-- When the level of relations rose or fell: spans of two years between whose ends the smoothed level
-- differs with a probability of 0.95 or more, one row for each run of such spans, the span with the
-- largest difference. Filled by detente.analysis.
create or replace table stats.level_change (
    source varchar not null,
    counting varchar not null,
    actor1_iso3 varchar not null,
    actor2_iso3 varchar not null,
    direction varchar not null,
    first_month date not null,
    last_month date not null,
    level_before double not null,
    level_after double not null,
    probability double not null,
    sentence varchar not null,
);
