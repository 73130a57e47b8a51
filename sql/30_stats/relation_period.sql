-- Private. What the views relation_month, relation_quarter and relation_year show, for every period
-- and both directions. Sums are null unless the period is complete, so that a period that the
-- source covers in part has no rank; what is known of it so far stands in columns of its own.
create or replace view stats.relation_period as
with
-- The records behind the acts, each once although it may act in both directions.
records as (
    select
        freqs.freq,
        directions.direction,
        case
            when directions.direction = 'directed' then event.actor1_iso3
            else least(event.actor1_iso3, event.actor2_iso3)
        end as actor1_iso3,
        case
            when directions.direction = 'directed' then event.actor2_iso3
            else greatest(event.actor1_iso3, event.actor2_iso3)
        end as actor2_iso3,
        date_trunc(freqs.freq, event.event_date)::date as period_start,
        count(distinct event.record_id) as n_records,
    from core.record_event as event
    cross join (values ('month'), ('quarter'), ('year')) as freqs (freq)
    cross join (values ('directed'), ('undirected')) as directions (direction)
    group by all
)

select
    value.freq,
    value.direction,
    value.actor1_iso3,
    value.actor2_iso3,
    value.source,
    case value.freq
        when 'month' then strftime(value.period_start, '%Y-%m')
        when 'quarter'
            then strftime(value.period_start, '%Y') || '-Q' || quarter(value.period_start)
        when 'year' then strftime(value.period_start, '%Y')
        else strftime(value.period_start, '%Y-%m-%d')
    end as period,
    value.period_start,
    value.period_end,
    year(value.period_start)::bigint as year,
    value.is_complete,
    case when value.is_complete then value.n_events end as n_acts,
    case
        when not value.is_complete then null
        when meta.is_hand_kept(value.source) then coalesce(records.n_records, 0)
        else value.n_events
    end as n_records,
    case when value.is_complete then round(value.cooperation, 4) end as cooperation,
    case when value.is_complete then round(value.conflict, 4) end as conflict,
    case when value.is_complete then round(value.net, 4) end as net,
    case when value.is_complete then round(value.net_lo, 4) end as net_lo,
    case when value.is_complete then round(value.net_hi, 4) end as net_hi,
    case when value.is_complete then value.n_deaths end as n_deaths,
    case when value.is_complete then value.n_deaths_low end as n_deaths_low,
    case when value.is_complete then value.n_deaths_high end as n_deaths_high,
    round(balance.net_12m, 4) as net_12m,
    round(balance.net_12m_lo, 4) as net_12m_lo,
    round(balance.net_12m_hi, 4) as net_12m_hi,
    round(level.level, 4) as level,
    round(level.level_lo_80, 4) as level_lo_80,
    round(level.level_hi_80, 4) as level_hi_80,
    value.as_bad_before as last_as_low,
    value.as_good_before as last_as_high,
    value.n_events as n_acts_so_far,
    round(value.net, 4) as net_so_far,
from marts.dyad_period as value
left join records
    using (freq, direction, actor1_iso3, actor2_iso3, period_start)
-- Of the period's last month, whose window and level end with the period.
left join stats.balance as balance
    on
        balance.source = value.source
        and balance.counting = value.counting
        and balance.actor1_iso3 = value.actor1_iso3
        and balance.actor2_iso3 = value.actor2_iso3
        and balance.period_start = date_trunc('month', value.period_end)
        and balance.is_complete
        and value.direction = 'undirected'
        and value.is_complete
left join stats.level as level
    on
        level.source = value.source
        and level.counting = value.counting
        and level.actor1_iso3 = value.actor1_iso3
        and level.actor2_iso3 = value.actor2_iso3
        and level.period_start = date_trunc('month', value.period_end)
        and level.kind = 'smoothed'
        and value.direction = 'undirected'
        and value.is_complete
where value.counting = 'all';
