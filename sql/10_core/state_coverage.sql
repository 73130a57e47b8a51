-- From when on a source covers a state, where that is later than the source's own first day. A
-- state that is not here is covered from that day on.
create or replace table core.state_coverage (
    source varchar not null,
    iso3 varchar not null,
    first_day date not null,
    primary key (source, iso3),
);
