-- The version of the tables' layout, one row. It rises when a table or column that a client may
-- read is renamed, removed or given another meaning; additions leave it unchanged.
create or replace table meta.layout (
    version integer not null,
);
