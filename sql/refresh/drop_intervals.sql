-- The intervals that are drawn again.
delete from marts.dyad_interval as old
using before.changed_period as period
where
    old.freq = period.freq
    and old.source = period.source
    and least(old.actor1_iso3, old.actor2_iso3) = period.actor1_iso3
    and greatest(old.actor1_iso3, old.actor2_iso3) = period.actor2_iso3
    and old.period_start = period.period_start;
