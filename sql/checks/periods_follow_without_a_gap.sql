-- Between a dyad's first and last period every period is present.
select
    freq,
    source,
    counting,
    direction,
    actor1_iso3,
    actor2_iso3,
    period_start,
    lag(period_end) over series as previous_end,
from marts.dyad_period
window series as (
    partition by freq, source, counting, direction, actor1_iso3, actor2_iso3
    order by period_start
)
qualify period_start <> previous_end + interval 1 day;
