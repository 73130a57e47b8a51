-- The version of the tables' layout, one row. It rises when a table or column that a client may read
-- is renamed, removed or given another meaning; what is added leaves it alone.
create or replace table meta.layout (
    version integer not null,
);
