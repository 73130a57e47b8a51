-- The value of each CAMEO code on each scale: the default (goldstein, from core.cameo) and one
-- scale per file of data/raw/reference/scales. A code without a value is counted and adds nothing
-- to a sum.
create or replace table core.scale (
    scale varchar not null,
    cameo_code varchar not null,
    scale_value double,
    scale_category varchar,
    primary key (scale, cameo_code),
);
