-- The months that are drawn again: of a year of which a period differs, those whose sums are not kept.
-- The sums of the months that differ were dropped before (drop_month_draws).
create or replace table before.drawn_month as
with
months as (
    select distinct
        source,
        actor1_iso3,
        actor2_iso3,
        unnest(generate_series(period_start, period_end, interval 1 month))::date as period_start,
    from before.changed_period
    where freq = 'year'
)

select
    months.source,
    months.actor1_iso3,
    months.actor2_iso3,
    months.period_start,
    last_day(months.period_start) as period_end,
from months
anti join marts.month_draw as kept
    on
        kept.source = months.source
        and kept.actor1_iso3 = months.actor1_iso3
        and kept.actor2_iso3 = months.actor2_iso3
        and kept.period_start = months.period_start;
