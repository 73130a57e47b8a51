-- What do the models in use expect of the months to come, and how far could such intervals be trusted?
select
    forecast.source,
    forecast.actor1_iso3,
    forecast.actor2_iso3,
    forecast.measure,
    forecast.period_start,
    forecast.model,
    round(forecast.median, 1) as median,
    round(forecast.lo_80, 1) as lo_80,
    round(forecast.hi_80, 1) as hi_80,
    round(score.coverage_80, 2) as coverage_80,
from stats.forecast as forecast
inner join stats.forecast_score as score
    using (source, counting, actor1_iso3, actor2_iso3, freq, measure, model, horizon)
where forecast.is_chosen and forecast.counting = 'all'
order by all;
