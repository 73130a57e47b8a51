-- When each month became known: what the events published in one month add to the net score and the
-- count of conflict of a month, directed. Summed up to a month of publication it is the series as it
-- stood at that month's end, which is what forecasts made then could know. An event published before
-- its own month counts as known in it.
create or replace table stats.vintage as
select
    source,
    counting,
    actor1_iso3,
    actor2_iso3,
    date_trunc('month', event_date)::date as period_start,
    date_trunc('month', greatest(event_date, known_on))::date as known_month,
    count(*) filter (scale_value < 0) as n_conflict,
    sum(net)::double as net,
from stats.study_act
group by all
order by all;
