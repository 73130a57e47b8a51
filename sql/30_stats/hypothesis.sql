-- The questions that the settings name, with what the tests answer. Everything else in
-- stats is exploratory. Their tests are a family of their own, corrected after Holm. Filled by
-- detente.analysis.
create or replace table stats.hypothesis (
    position integer primary key,
    hypothesis_id varchar not null,
    question varchar not null,
    test_id varchar not null,
    verdict varchar not null,
    is_disputed boolean not null,
    is_refused boolean not null,
    p_value double,
    p_adjusted double,
    n_family integer not null,
    sentence varchar not null,
);
