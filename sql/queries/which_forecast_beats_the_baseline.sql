-- Does any model forecast better than the best baseline? By dyad and measure, all months ahead together.
select
    source,
    actor1_iso3,
    actor2_iso3,
    measure,
    model,
    is_chosen,
    baseline,
    round(crps, 3) as crps,
    round(skill, 3) as skill,
    round(coverage_80, 2) as coverage_80,
    round(statistic, 2) as statistic,
    round(p_value, 4) as p_value,
    round(p_adjusted, 4) as p_adjusted,
from stats.forecast_score
where horizon = 0 and counting = 'all'
order by source, measure, actor1_iso3, actor2_iso3, crps, model;
