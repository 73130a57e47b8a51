-- What happened between Japan and South Korea in March 2023?
select day, actor, target, code, points, category, title
from act
where dyad = 'JPN-KOR' and day between date '2023-03-01' and date '2023-03-31'
order by day, title, actor;
