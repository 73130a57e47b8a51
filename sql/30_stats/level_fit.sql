-- The model behind stats.level, one row per series and sign: the values that its parameters may
-- take, each with its weight, placed by the months up to placed_to. q is the standard deviation of
-- a month's step of the log level, phi the dispersion of the month's points, power that of the
-- variance, effect the log of what a source reports relative to the first. In each list one value a
-- node; of a node, one a source. Filled by detente.analysis; a refresh that finds the same months
-- up to placed_to takes them from here.
create or replace table stats.level_fit (
    source varchar not null,
    counting varchar not null,
    actor1_iso3 varchar not null,
    actor2_iso3 varchar not null,
    sign varchar not null,
    sources varchar[] not null,
    placed_to date not null,
    months_sha256 varchar not null,
    power double not null,
    q double not null,
    phi double[] not null,
    source_effect double[] not null,
    log_mean double not null,
    node_log_q double[] not null,
    node_log_phi double[][] not null,
    node_effect double[][] not null,
    node_log_weight double[] not null,
    node_log_evidence double[] not null,
    node_weight double[] not null,
);
