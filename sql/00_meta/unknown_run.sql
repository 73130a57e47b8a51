-- Private.
-- The days without data on a state as runs that do not touch, for states that have a gap of their
-- own (meta.state_gap); days without any file are among them. `is_absence` runs hold the days on
-- which the state did not exist, or that no file covers; the others every day without data.
create or replace table meta.unknown_run as
with
gap as (
    select source, iso3, first_day, last_day, reason = 'the state did not exist' as is_absence
    from meta.state_gap
    union all
    select state.source, state.iso3, gap.first_day, gap.last_day, true
    from (select distinct source, iso3 from meta.state_gap) as state
    inner join meta.coverage_gap as gap using (source)
    where gap.reason = 'no file'
),

day as (
    select source, iso3, first_day, last_day, true as is_absence
    from gap
    where is_absence
    union all
    select source, iso3, first_day, last_day, false
    from gap
),

reached as (
    select
        *,
        max(last_day) over (
            partition by source, iso3, is_absence
            order by first_day, last_day
            rows between unbounded preceding and 1 preceding
        ) as last_before,
    from day
),

numbered as (
    select
        *,
        count(*) filter (first_day > last_before + 1) over (
            partition by source, iso3, is_absence
            order by first_day, last_day
        ) as number,
    from reached
)

select source, iso3, is_absence, min(first_day) as first_day, max(last_day) as last_day
from numbered
group by source, iso3, is_absence, number
order by all;
