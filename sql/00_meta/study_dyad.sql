-- The pairs of states that the study is about, in the order in which lists show them; each pair is
-- in alphabetical order.
create or replace table meta.study_dyad (
    position integer primary key,
    actor1_iso3 varchar not null,
    actor2_iso3 varchar not null,
    is_focal boolean not null,
);
