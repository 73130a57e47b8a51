-- The sums of the months that are drawn again.
delete from marts.month_draw as old
using before.changed_period as period
where
    period.freq = 'month'
    and old.source = period.source
    and old.actor1_iso3 = period.actor1_iso3
    and old.actor2_iso3 = period.actor2_iso3
    and old.period_start = period.period_start;
