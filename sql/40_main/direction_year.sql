-- What one state did to another by year: one row per actor, target, source and year. The two directions
-- of a dyad add up to its row in relation_year. Sums are null unless the year is complete.
create or replace view main.direction_year as
select
    actor1_iso3 as actor,
    actor2_iso3 as target,
    least(actor1_iso3, actor2_iso3) || '-' || greatest(actor1_iso3, actor2_iso3) as dyad,
    * exclude (
        freq, direction, actor1_iso3, actor2_iso3, net_12m, net_12m_lo, net_12m_hi,
        level, level_lo_80, level_hi_80, last_as_low, last_as_high
    ),
from stats.relation_period
where freq = 'year' and direction = 'directed';
