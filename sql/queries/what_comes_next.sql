-- What is expected of the months to come, and how far could such intervals be trusted? Each month
-- ahead, and the sums of three and six.
select
    source,
    actor1_iso3,
    actor2_iso3,
    target,
    period_start,
    period_end,
    round(median, 1) as median,
    round(lo_80, 1) as lo_80,
    round(hi_80, 1) as hi_80,
    round(p_conflict, 2) as p_conflict,
    round(p_nothing, 2) as p_nothing,
    round(p_cooperation, 2) as p_cooperation,
    round(coverage_80, 2) as coverage_80,
    n_judged,
from stats.outlook
where counting = 'all'
order by all;
