-- Private.
-- What the occurrences of a dyad's month add up to in each replicate of the bootstrap, in points,
-- so that a quarter or year of which one month changed need not be drawn whole. In each list stands
-- the sum itself first, then the sum in each of the 999 replicates (detente.indices.intervals). Of
-- machine-coded sources; every month of the study's first 30 dyads, of the others those with 1,000
-- occurrences or more. The study's scale, officials and weighting. Filled by detente.indices.draws.
create or replace table marts.month_draw (
    source varchar not null,
    counting varchar not null,
    actor1_iso3 varchar not null,
    actor2_iso3 varchar not null,
    period_start date not null,
    n_forward bigint not null,
    n_backward bigint not null,
    n_occurrences bigint not null,
    forward_weight double[] not null,
    forward_net double[] not null,
    forward_sum double[] not null,
    backward_weight double[] not null,
    backward_net double[] not null,
    backward_sum double[] not null,
);
