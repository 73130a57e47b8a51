-- Days of which part is unknown: a source that publishes every quarter of an hour has files of some
-- quarters and lacks others between them, and the provider's list was missing whenever one was loaded.
-- Where there is a list, quarters that it does not name were never published (meta.short_day).
create or replace table meta.part_day (
    source varchar not null,
    day date not null,
    n_files bigint not null,
    n_unknown bigint not null,
    primary key (source, day),
);
