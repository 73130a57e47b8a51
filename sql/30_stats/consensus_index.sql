-- One relation a dyad and month where several sources see it: the level that a local-level model with
-- source loadings finds behind their relative_net (detente.indices.consensus; docs/methods.md,
-- Consensus).
create or replace table stats.consensus_index (
    counting varchar not null,
    actor1_iso3 varchar not null,
    actor2_iso3 varchar not null,
    period_start date not null,
    n_sources bigint not null,
    consensus double not null,
    consensus_lo double not null,
    consensus_hi double not null,
);
