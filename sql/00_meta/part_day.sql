-- Days of which part is unknown: a source that publishes every quarter of an hour has files of some
-- quarters, lacks others between them, and no list of the provider was had with any file of the day.
-- Of a day with a list the quarters that it does not name were never published (meta.short_day).
create or replace table meta.part_day (
    source varchar not null,
    day date not null,
    n_files bigint not null,
    n_unknown bigint not null,
    primary key (source, day),
);
