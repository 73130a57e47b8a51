-- Every index of the study's dyads with its interval, for weeks, months, quarters and years, under
-- the scale, officials and weighting that the settings name. The macro dyad_index computes any other
-- combination, and any other pair of states.
create or replace view marts.dyad_period as
select
    value.freq,
    value.source,
    value.counting,
    study.scale,
    study.officials,
    study.weighting,
    value.* exclude (freq, source, counting),
    coalesce(bounds.n_occurrences, 0) as n_occurrences,
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
    using (freq, source, counting, direction, actor1_iso3, actor2_iso3, period_start);
