-- The scales that the database knows, with their range, how they were carried over to CAMEO codes
-- and whom to cite. Filled from the sidecars of data/raw/reference/scales.
create or replace table meta.scale (
    scale varchar primary key,
    title varchar not null,
    unit varchar not null,
    lowest double not null,
    highest double not null,
    n_codes bigint not null,
    n_valued bigint not null,
    mapping varchar not null,
    leaves_out varchar not null,
    citation varchar not null,
    url varchar not null,
    licence varchar not null,
);
