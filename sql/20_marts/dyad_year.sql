-- The indices by year; defined once, in marts.dyad_period.
create or replace view marts.dyad_year as
select * exclude (freq)
from marts.dyad_period
where freq = 'year';
