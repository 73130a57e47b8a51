-- An act is between two different states of core.actor.
select
    event_id,
    actor1_iso3,
    actor2_iso3,
from core.event
where
    actor1_iso3 = actor2_iso3
    or actor1_iso3 not in (select iso3 from core.actor)
    or actor2_iso3 not in (select iso3 from core.actor);
