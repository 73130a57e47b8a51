-- What happened between Japan and South Korea in March 2023?
select
    event_date,
    actor1_iso3,
    actor2_iso3,
    cameo_code,
    goldstein,
    category,
    title,
from events_between('JPN', 'KOR', date '2023-03-01', date '2023-03-31')
order by event_date, title, actor1_iso3;
