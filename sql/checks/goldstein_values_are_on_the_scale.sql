-- The Goldstein scale runs from -10 to 10.
select
    cameo_code,
    goldstein,
from core.cameo
where goldstein not between -10 and 10;
