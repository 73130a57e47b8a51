-- Where did the bounded relation score of each dyad stand at the end of each complete year?
select
    actor1_iso3,
    actor2_iso3,
    year(period_start) as year,
    round(score, 2) as score,
    round(stock, 1) as stock,
from marts.dyad_year
where
    source = $source and counting = $counting and direction = 'undirected' and is_complete
    and ($dyad is null or actor1_iso3 || '-' || actor2_iso3 = $dyad)
order by actor1_iso3, actor2_iso3, year;
