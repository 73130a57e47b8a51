-- Private.
-- The files that this database was built from, with the hash of their content. A change of any of
-- them makes the next refresh build again.
create or replace table meta.input (
    kind varchar not null,
    name varchar not null,
    sha256 varchar not null,
    primary key (kind, name),
);
