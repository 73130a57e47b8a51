-- The relation of two states by quarter: one row per dyad, source and quarter, acts of both sides
-- together. Sums and counts are null unless the quarter is complete, so that they can be ranked and
-- compared; what is known of other quarters is in net_so_far. Sources are not to be added up: they
-- report the same acts.
create or replace view main.relation_quarter as
select
    actor1_iso3 || '-' || actor2_iso3 as dyad,
    actor1_iso3 as state1,
    actor2_iso3 as state2,
    * exclude (freq, direction, actor1_iso3, actor2_iso3),
from stats.relation_period
where freq = 'quarter' and direction = 'undirected';
