-- Which events between two states of the study were reported most? By mentions, the latest first where
-- they are equal, with their addresses.
select
    event_date,
    actor1_iso3,
    actor2_iso3,
    cameo_code,
    goldstein,
    n_mentions,
    title,
    source_url,
from core.event
where
    source = $source
    and least(actor1_iso3, actor2_iso3) = $actor1
    and greatest(actor1_iso3, actor2_iso3) = $actor2
    and event_date between $since and $until
order by n_mentions desc nulls last, event_date desc, cameo_code, source_url
limit 50;
