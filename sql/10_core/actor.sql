-- States and the codes by which each source and data set calls them.
create or replace table core.actor (
    iso3 varchar primary key,
    name varchar not null,
    is_state boolean not null,
    iso2 varchar,
    ccode_cow varchar,
    gwcode_gw varchar,
    fips varchar,
    cameo varchar,
    name_native varchar,
);
