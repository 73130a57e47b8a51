-- Codes and names of former states, of parts of a state, and of what is not a state, beside those
-- of core.actor and core.actor_alias, with the days on which they are valid.
create or replace table core.actor_code (
    code varchar primary key,
    iso3 varchar,
    first_day date,
    last_day date,
    note varchar,
);
