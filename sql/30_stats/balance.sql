-- The balance: net points of the last twelve months, for every month of each undirected dyad, with a
-- 95% interval from the Poisson bootstrap of its occurrences (detente.indices.balance; docs/methods.md,
-- The balance). A description of what was recorded. The windows of two neighbouring months share
-- eleven months; the window a year before shares none, so that the two are drawn independently.
create or replace table stats.balance (
    source varchar not null,
    counting varchar not null,
    actor1_iso3 varchar not null,
    actor2_iso3 varchar not null,
    period_start date not null,
    net_12m double not null,
    net_12m_lo double,
    net_12m_hi double,
    net_12m_per_1k double,
    net_12m_per_1k_lo double,
    net_12m_per_1k_hi double,
    n_events_12m bigint not null,
    n_occurrences_12m bigint not null,
    share_lower double,
    n_windows_before bigint not null,
    change_12m double,
    change_12m_lo double,
    change_12m_hi double,
    net_12m_bilateral double,
    net_12m_bilateral_lo double,
    net_12m_bilateral_hi double,
    n_events_12m_bilateral bigint,
    is_complete boolean not null,
);
