-- Days of which part is unknown: the source publishes every quarter of an hour, files of some
-- quarters are missing between others, and none of the day's files was loaded with the provider's
-- list at hand. Where there is a list, quarters that it does not name were never published
-- (meta.short_day).
create or replace table meta.part_day (
    source varchar not null,
    day date not null,
    n_files bigint not null,
    n_unknown bigint not null,
    primary key (source, day),
);
