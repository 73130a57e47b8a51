-- Private.
-- 95% intervals of net, mean_goldstein and relative_net for each period that has enough occurrences,
-- from a Poisson bootstrap (detente.indices.intervals; docs/methods.md, Uncertainty).
create or replace table marts.dyad_interval (
    freq varchar not null,
    source varchar not null,
    counting varchar not null,
    direction varchar not null,
    actor1_iso3 varchar not null,
    actor2_iso3 varchar not null,
    period_start date not null,
    n_occurrences bigint not null,
    interval_rule varchar not null,
    net_lo double,
    net_hi double,
    mean_goldstein_lo double,
    mean_goldstein_hi double,
    relative_net_lo double,
    relative_net_hi double,
);
