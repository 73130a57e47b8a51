-- Private.
-- The events that count: all but those dated when one of the states did not exist
-- (core.state_absence), which are listed and in no sum.
create or replace view core.counted_event as
select event.*
from core.event as event
anti join core.state_absence as absence
    on
        absence.iso3 = event.actor1_iso3
        and event.event_date between absence.first_day and absence.last_day
anti join core.state_absence as other_absence
    on
        other_absence.iso3 = event.actor2_iso3
        and event.event_date between other_absence.first_day and other_absence.last_day;
