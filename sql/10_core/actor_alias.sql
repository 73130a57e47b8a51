-- Names by which sources call states, beside the name in core.actor. A name means one state.
create or replace table core.actor_alias (
    name varchar primary key,
    iso3 varchar not null,
);
