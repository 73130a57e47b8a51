-- How forecasts of single months did in the past: stats.outlook_score without the sums.
create or replace view stats.forecast_score as
select
    source,
    counting,
    actor1_iso3,
    actor2_iso3,
    'month' as freq,
    'net' as measure,
    model,
    horizon,
    first_origin,
    last_origin,
    n_forecasts,
    crps,
    coverage_80,
    coverage_95,
from stats.outlook_score
where target = 'month';
