-- Private. Which records of a file are rows of the views event, launch, meeting and measure, and
-- which of the file's columns fill the view's, as the sidecar declares in [views.NAME]. One row per
-- file and view.
create or replace table meta.record_view (
    raw_file_id varchar not null,
    view_name varchar not null,
    categories varchar[] not null,
    columns map(varchar, varchar) not null,
    effect map(varchar, varchar) not null,
    status map(varchar, varchar) not null,
    primary key (raw_file_id, view_name),
);
