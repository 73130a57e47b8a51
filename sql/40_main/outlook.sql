-- What comes next: one row a dyad, source, indicator and month, by the model in use. is_past marks
-- months that were over on the day of the database: the files end earlier, so the forecast looks back.
create or replace view main.outlook as
select
    forecast.actor1_iso3 || '-' || forecast.actor2_iso3 as dyad,
    forecast.actor1_iso3 as state1,
    forecast.actor2_iso3 as state2,
    forecast.source,
    forecast.counting,
    forecast.freq,
    forecast.measure as indicator,
    strftime(forecast.period_start, '%Y-%m') as period,
    forecast.period_start,
    forecast.horizon,
    forecast.origin as last_known,
    date_trunc('month', study.as_of)::date > forecast.period_start as is_past,
    forecast.model,
    round(forecast.mean, 4) as mean,
    round(forecast.median, 4) as median,
    round(forecast.lo_50, 4) as lo_50,
    round(forecast.hi_50, 4) as hi_50,
    round(forecast.lo_80, 4) as lo_80,
    round(forecast.hi_80, 4) as hi_80,
    round(forecast.lo_95, 4) as lo_95,
    round(forecast.hi_95, 4) as hi_95,
    forecast.sentence,
from stats.forecast as forecast
cross join meta.study as study
where forecast.is_chosen and forecast.refusal is null and forecast.freq = 'month';
