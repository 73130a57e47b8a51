-- The indices of the study's dyads as numbers, without their intervals; marts.dyad_period has both.
-- Defined once, in marts.period_indices.
create or replace table marts.dyad_value as
select *
from marts.period_indices('from marts.dyad_day', null, null, null, null)
order by freq, source, counting, direction, actor1_iso3, actor2_iso3, period_start;
