-- The period indices of one source, by the one definition of them.
insert into marts.dyad_value by name
select *
from marts.period_indices('from marts.dyad_day', null, ?, null, null)
order by freq, source, counting, direction, actor1_iso3, actor2_iso3, period_start;
