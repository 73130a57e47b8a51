-- What each source brings to the consensus of a dyad, or why it is left out. A dyad that one source
-- alone sees has no consensus: its row says so.
create or replace table stats.consensus_source (
    counting varchar not null,
    actor1_iso3 varchar not null,
    actor2_iso3 varchar not null,
    source varchar not null,
    n_periods bigint not null,
    n_overlap bigint not null,
    is_reference boolean not null,
    intercept double,
    loading double,
    noise double,
    note varchar,
);
