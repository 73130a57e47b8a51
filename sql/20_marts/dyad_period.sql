-- Every index of the study's dyads with its interval, for weeks, months, quarters and years, under
-- the scale, officials and weighting that the settings name. The macro dyad_index computes any
-- other combination, and any other pair of states. A period about which nothing can be known has no
-- interval, whatever was recorded.
create or replace view marts.dyad_period as
select
    value.freq,
    value.source,
    value.counting,
    study.scale,
    study.officials,
    study.weighting,
    value.* exclude (freq, source, counting),
    case when value.n_events is not null then coalesce(bounds.n_occurrences, 0) end as n_occurrences,
    coalesce(bounds.interval_rule, 'none') as interval_rule,
    bounds.net_lo,
    bounds.net_hi,
    bounds.mean_goldstein_lo,
    bounds.mean_goldstein_hi,
    bounds.relative_net_lo,
    bounds.relative_net_hi,
from marts.dyad_value as value
cross join meta.study as study
left join marts.dyad_interval as bounds
    on
        bounds.freq = value.freq
        and bounds.source = value.source
        and bounds.counting = value.counting
        and bounds.direction = value.direction
        and bounds.actor1_iso3 = value.actor1_iso3
        and bounds.actor2_iso3 = value.actor2_iso3
        and bounds.period_start = value.period_start
        and value.n_events is not null;
