-- events_between('JPN', 'KOR') returns every event between two states, in both directions, oldest
-- first; add a first and a last day to narrow it.
create or replace macro main.events_between(
    state_a, state_b, first_day := date '0001-01-01', last_day := date '9999-12-31'
) as table
select *
from core.event
where
    (
        select
            case
                when
                    upper(state_a) in (select iso3 from core.actor)
                    and upper(state_b) in (select iso3 from core.actor)
                    then true
                else error(
                    'events_between: expected states of core.actor, got '
                    || state_a || ' and ' || state_b
                )
            end
    )
    and actor1_iso3 in (upper(state_a), upper(state_b))
    and actor2_iso3 in (upper(state_a), upper(state_b))
    and event_date between first_day and last_day
order by event_date, source, event_id;
