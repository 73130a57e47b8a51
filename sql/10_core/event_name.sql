-- What sources that have no CAMEO codes call a kind of event, with the CAMEO code that stands for
-- it. The name carries the source before a colon.
create or replace table core.event_name (
    name varchar primary key,
    cameo_code varchar not null,
    note varchar,
);
