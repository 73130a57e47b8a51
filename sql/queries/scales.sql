-- Which scales can an index be computed under, how many codes do they value, and whom to cite?
select
    scale,
    title,
    unit,
    lowest,
    highest,
    n_valued,
    n_codes,
    citation,
from meta.scale
order by scale;
