-- The indices by quarter; defined once, in marts.dyad_period.
create or replace view marts.dyad_quarter as
select * exclude (freq)
from marts.dyad_period
where freq = 'quarter';
