-- The indices by month; defined once, in marts.dyad_period.
create or replace view marts.dyad_month as
select * exclude (freq)
from marts.dyad_period
where freq = 'month';
