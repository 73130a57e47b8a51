-- What to expect: one row per dyad, source and span of months ahead: single months, and the sums of
-- three and six. Intervals of net points, calibrated on past outlooks, and the odds of conflict,
-- nothing and cooperation. is_past marks spans that were over on the day of the database: records
-- end earlier, so that the outlook begins in the past. All outlooks of a source begin after its last
-- month, also for a dyad with less data: `last_known` is the dyad's own last complete month.
create or replace view main.outlook as
with
known as (
    select source, counting, actor1_iso3, actor2_iso3, max(period_start) as month
    from marts.dyad_month
    where direction = 'undirected' and is_complete
    group by all
)

select
    outlook.actor1_iso3 || '-' || outlook.actor2_iso3 as dyad,
    outlook.actor1_iso3 as state1,
    outlook.actor2_iso3 as state2,
    outlook.source,
    outlook.counting,
    case outlook.target
        when 'month' then 'month'
        else regexp_extract(outlook.target, '\d+') || ' months'
    end as span,
    case
        when outlook.target = 'month' then strftime(outlook.period_start, '%Y-%m')
        else
            strftime(outlook.period_start, '%Y-%m') || ' to '
            || strftime(outlook.period_end, '%Y-%m')
    end as period,
    outlook.period_start,
    outlook.period_end,
    known.month as last_known,
    outlook.period_end < study.as_of as is_past,
    round(outlook.mean, 4) as mean,
    round(outlook.median, 4) as median,
    round(outlook.lo_50, 4) as lo_50,
    round(outlook.hi_50, 4) as hi_50,
    round(outlook.lo_80, 4) as lo_80,
    round(outlook.hi_80, 4) as hi_80,
    round(outlook.lo_95, 4) as lo_95,
    round(outlook.hi_95, 4) as hi_95,
    round(outlook.p_conflict, 4) as p_conflict,
    round(outlook.p_nothing, 4) as p_nothing,
    round(outlook.p_cooperation, 4) as p_cooperation,
    round(outlook.coverage_80, 4) as coverage_80,
from stats.outlook as outlook
cross join meta.study as study
left join known using (source, counting, actor1_iso3, actor2_iso3);
