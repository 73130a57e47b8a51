-- Private.
-- What this database rests on, each with its hash: sections of the settings, files, statements of sql/
-- and modules (both without their comments), and packages with their versions. Where any of them
-- differs, the next refresh builds again what rests on it.
create or replace table meta.input (
    kind varchar not null,
    name varchar not null,
    sha256 varchar not null,
    primary key (kind, name),
);
