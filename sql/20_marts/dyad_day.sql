-- Directed sums of a day, one row per source, way of counting, pair and day that has events, under
-- the scale, officials and weighting that the settings name. Defined once, in marts.day_sums.
create or replace table marts.dyad_day as
select *
from marts.day_sums(
    (select scale from meta.study),
    (select officials from meta.study),
    (select weighting from meta.study),
    null,
    null
)
order by source, counting, actor1_iso3, actor2_iso3, day;
