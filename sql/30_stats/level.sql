-- The level of relations by month: what the records, a feed, or all sources together say about the
-- relation of two states, from a state-space model of cooperation and of conflict
-- (detente.statistics.level; docs/methods.md, The level). `source` is one source, or 'all' for the
-- model that sees every source at once. `kind` is 'filtered' (what was known at the end of the
-- month: for "now") or 'smoothed' (what is known of the month afterwards: for the chart). Values of
-- the parameters are placed by the months up to `placed_to` and weighed by all. Filled by
-- detente.analysis.
create or replace table stats.level (
    source varchar not null,
    counting varchar not null,
    actor1_iso3 varchar not null,
    actor2_iso3 varchar not null,
    period_start date not null,
    kind varchar not null,
    level double not null,
    level_lo_80 double not null,
    level_hi_80 double not null,
    level_lo_95 double not null,
    level_hi_95 double not null,
    tone double not null,
    tone_lo_80 double not null,
    tone_hi_80 double not null,
    tone_lo_95 double not null,
    tone_hi_95 double not null,
    p_higher_than_year_ago double,
    net double,
    predicted_net double,
    predicted_net_sd double,
    pit double,
    pit_tie double,
    surprise double,
    n_sources bigint not null,
    as_of date not null,
);
