-- How the sentences of stats are made, so that a report can say them in another language: one row
-- per text of a column sentence, warnings, refusal, variant_words, test, null_hypothesis or
-- alternative of this schema. Texts without a row are printed as they are. Filled by
-- detente.analysis.
create or replace table stats.wording (
    sentence varchar primary key,
    parts varchar not null,
);
