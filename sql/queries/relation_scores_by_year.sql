-- Where did the bounded relation score of each dyad stand at the end of each year?
select
    actor1_iso3,
    actor2_iso3,
    year(period_start) as year,
    round(score, 2) as score,
    round(stock, 1) as stock,
from marts.dyad_year
where source = 'records' and counting = 'all' and direction = 'undirected'
order by actor1_iso3, actor2_iso3, year;
