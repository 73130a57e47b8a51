-- How good outlooks made in the past were: the mix and its two parts, by target and months ahead,
-- over the later origins. Coverage is that of each model's own intervals; that of the calibrated
-- ones is in stats.outlook. Filled by detente.analysis.
create or replace table stats.outlook_score (
    source varchar not null,
    counting varchar not null,
    actor1_iso3 varchar not null,
    actor2_iso3 varchar not null,
    target varchar not null,
    horizon bigint not null,
    model varchar not null,
    first_origin date not null,
    last_origin date not null,
    n_forecasts bigint not null,
    crps double not null,
    coverage_80 double not null,
    coverage_95 double not null,
);
