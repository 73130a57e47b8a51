-- all_dyads(of_freq := 'year') returns the indices of every dyad of the study from the reported
-- source, one row per dyad and period; further arguments choose the scale and the source. Acts of
-- both sides together. Sums of incomplete periods are null, as in relation_month; net_so_far holds
-- what is known of them.
create or replace macro main.all_dyads(
    of_freq := 'month', of_scale := 'goldstein', of_source := null
) as table
select
    found.actor1_iso3 || '-' || found.actor2_iso3 as dyad,
    found.actor1_iso3 as state1,
    found.actor2_iso3 as state2,
    found.source,
    of_scale as scale,
    found.period_start,
    found.period_end,
    found.is_complete,
    case when found.is_complete then found.n_events end as n_acts,
    case when found.is_complete then round(found.cooperation, 4) end as cooperation,
    case when found.is_complete then round(found.conflict, 4) end as conflict,
    case when found.is_complete then round(found.net, 4) end as net,
    case when found.is_complete then found.n_deaths end as n_deaths,
    case when found.is_complete then found.n_deaths_low end as n_deaths_low,
    case when found.is_complete then found.n_deaths_high end as n_deaths_high,
    round(found.net, 4) as net_so_far,
from marts.period_indices(
    'from marts.day_sums('
    || meta.quoted(of_scale)
    || ', (select officials from meta.study), (select weighting from meta.study), null, null)',
    case
        when of_freq not in ('day', 'week', 'month', 'quarter', 'year')
            then error('all_dyads: expected day, week, month, quarter or year, got ' || of_freq)
        when of_scale not in (select scale from core.scale)
            then error('all_dyads: expected a scale of core.scale, got ' || of_scale)
        else of_freq
    end,
    (
        select
            case
                when of_source is null
                    then (select source from meta.reported_series)
                when of_source in (select source from meta.coverage) then of_source
                else error('all_dyads: expected a source of meta.coverage, got ' || of_source)
            end
    ),
    null,
    null
) as found
where found.freq = of_freq and found.counting = 'all' and found.direction = 'undirected'
order by dyad, found.period_start;
