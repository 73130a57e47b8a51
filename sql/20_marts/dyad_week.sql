-- The indices by week; defined once, in marts.dyad_period.
create or replace view marts.dyad_week as
select * exclude (freq)
from marts.dyad_period
where freq = 'week';
