-- Private. How many files make a day, of each source that publishes several a day at even distances.
create or replace table meta.files_a_day (
    source varchar primary key,
    n_files integer not null,
);
