-- Private.
-- What the refresh that built this file recomputed: the dyad-days of a source whose events differ
-- from those of the database before. A row without actors is a day of which only events outside the
-- scope differ. Empty after a full build (meta.run says which it was). Filled by
-- detente.refresh.incremental.
create or replace table meta.changed_cell (
    source varchar not null,
    actor1_iso3 varchar,
    actor2_iso3 varchar,
    day date not null,
);
