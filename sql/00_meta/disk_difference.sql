-- Loaded files that were no longer on disk, or not as they were loaded, when this database was built:
-- one row per source and kind. Their events stay. Files whose content changed are loaded again before
-- a database is built, so that they are not among them.
create or replace table meta.disk_difference (
    source varchar not null,
    difference varchar not null,
    n_files bigint not null,
    examples varchar not null,
    primary key (source, difference),
);
