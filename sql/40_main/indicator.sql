-- What the numbers of the other views are: one row per column or measure, with its unit, its range,
-- whether values may be added up, and what zero and null mean. Filled from sql/curated.toml.
create or replace table main.indicator (
    name varchar primary key,
    unit varchar not null,
    range varchar not null,
    may_be_summed varchar not null,
    zero_means varchar not null,
    null_means varchar not null,
);
