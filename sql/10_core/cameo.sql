-- The CAMEO event codes with their root, quad class, Goldstein value and PLOVER type.
create or replace table core.cameo (
    cameo_code varchar primary key,
    name varchar not null,
    cameo_root varchar not null,
    quad_class tinyint not null,
    goldstein double,
    plover_type varchar,
    plover_mode varchar,
    plover_context varchar,
    note varchar,
);
