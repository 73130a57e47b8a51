-- events_between('Japan', 'KOR') returns what either of two states did to the other: rows of `event`,
-- one an occurrence and category, oldest first. States are given by code or name; a first and a last
-- day narrow it.
create or replace macro main.events_between(
    state_a, state_b, since := date '0001-01-01', until := date '9999-12-31'
) as table
select *
from main.event
where
    (
        (
            source = meta.hand_kept()
            and contains(
                dyads,
                least(main.iso3(state_a), main.iso3(state_b))
                || '-' || greatest(main.iso3(state_a), main.iso3(state_b))
            )
        )
        -- Of a feed's files only those columns are read that can be compared as they stand.
        or (
            source <> meta.hand_kept()
            and actors in (main.iso3(state_a), main.iso3(state_b))
            and targets in (main.iso3(state_a), main.iso3(state_b))
        )
    )
    and day between since and until
order by day, source, event_id;
