-- For the latest complete month with events of each dyad, or of one: since when has no month been as
-- bad, and since when none as good?
select
    actor1_iso3,
    actor2_iso3,
    period_start,
    net,
    as_bad_before as as_bad_last_in,
    as_good_before as as_good_last_in,
    round(net_percentile, 1) as net_percentile,
    round(net_z, 2) as net_z,
from marts.dyad_month
where
    source = $source
    and counting = $counting
    and direction = 'undirected'
    and is_complete
    and n_events > 0
    and period_start between $since and $until
    and ($dyad is null or actor1_iso3 || '-' || actor2_iso3 = $dyad)
qualify row_number() over (partition by actor1_iso3, actor2_iso3 order by period_start desc) = 1
order by actor1_iso3, actor2_iso3;
