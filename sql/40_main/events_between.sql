-- events_between('Japan', 'KOR') returns every event between two states, given by code or name, in both
-- directions, oldest first; add a first and a last day to narrow it.
create or replace macro main.events_between(
    state_a, state_b, first_day := date '0001-01-01', last_day := date '9999-12-31'
) as table
select *
from core.event
where
    actor1_iso3 in (main.iso3(state_a), main.iso3(state_b))
    and actor2_iso3 in (main.iso3(state_a), main.iso3(state_b))
    and event_date between first_day and last_day
order by event_date, source, event_id;
