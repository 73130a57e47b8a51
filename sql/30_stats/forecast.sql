-- What is expected of the net score of each month ahead: stats.outlook without the sums.
create or replace view stats.forecast as
select
    source,
    counting,
    actor1_iso3,
    actor2_iso3,
    'month' as freq,
    'net' as measure,
    'equal mix' as model,
    origin,
    horizon,
    period_start,
    mean,
    median,
    lo_50,
    hi_50,
    lo_80,
    hi_80,
    lo_95,
    hi_95,
from stats.outlook
where target = 'month';
