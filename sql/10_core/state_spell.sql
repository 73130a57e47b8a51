-- When each state was independent: its spells, by Gleditsch and Ward. An actor without a spell, as
-- a territory, has no known days.
create or replace table core.state_spell (
    iso3 varchar not null,
    first_day date not null,
    last_day date,
    gwcode_gw varchar not null,
    primary key (iso3, first_day),
);
