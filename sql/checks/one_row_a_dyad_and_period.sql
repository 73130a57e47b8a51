-- A repeated row would be drawn and summed twice.
select
    freq, source, counting, direction, actor1_iso3, actor2_iso3, period_start,
    count(*) as n,
from marts.dyad_period
group by all
having count(*) > 1;
