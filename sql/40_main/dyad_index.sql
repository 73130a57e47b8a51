-- dyad_index('Japan', 'KOR', of_freq := 'month') returns the indices of any two states, given by
-- code or name in either order, one row per day, week, month, quarter or year; further arguments
-- choose direction, counting, source (the reported one unless told otherwise), scale, officials and
-- weighting. Sums, counts and ratios of incomplete periods are null, as in relation_month; net_so_far
-- and n_acts_so_far hold what is known of them. Computed from the events, so that every scale is at
-- hand; the intervals are in marts.dyad_month and its like.
create or replace macro main.dyad_index(
    state_a,
    state_b,
    of_freq := 'month',
    of_direction := 'undirected',
    of_counting := 'all',
    of_source := null,
    of_scale := 'goldstein',
    of_officials := 'all',
    of_weighting := 'none'
) as table
select
    of_scale as scale,
    of_officials as officials,
    of_weighting as weighting,
    found.source,
    found.counting,
    found.direction,
    found.actor1_iso3,
    found.actor2_iso3,
    found.period_start,
    found.period_end,
    found.is_complete,
    case when found.is_complete then found.n_events end as n_acts,
    case when found.is_complete then found.n_cooperation end as n_cooperation,
    case when found.is_complete then found.n_conflict end as n_conflict,
    case when found.is_complete then found.n_quad1 end as n_quad1,
    case when found.is_complete then found.n_quad2 end as n_quad2,
    case when found.is_complete then found.n_quad3 end as n_quad3,
    case when found.is_complete then found.n_quad4 end as n_quad4,
    case when found.is_complete then found.n_unvalued end as n_unvalued,
    case when found.is_complete then round(found.weight, 4) end as weight,
    case when found.is_complete then round(found.cooperation, 4) end as cooperation,
    case when found.is_complete then round(found.conflict, 4) end as conflict,
    case when found.is_complete then round(found.net, 4) end as net,
    case when found.is_complete then found.n_deaths end as n_deaths,
    case when found.is_complete then found.n_deaths_low end as n_deaths_low,
    case when found.is_complete then found.n_deaths_high end as n_deaths_high,
    case when found.is_complete then round(found.mean_goldstein, 4) end as mean_goldstein,
    case when found.is_complete then round(found.relative_net, 4) end as relative_net,
    case when found.is_complete then round(found.net_per_1k, 4) end as net_per_1k,
    found.n_source_events,
    round(found.stock, 4) as stock,
    round(found.score, 4) as score,
    found.n_history,
    round(found.net_z, 4) as net_z,
    round(found.net_percentile, 4) as net_percentile,
    found.as_bad_before,
    found.as_good_before,
    found.is_zero_filled,
    found.n_events as n_acts_so_far,
    round(found.net, 4) as net_so_far,
-- The call is made up as text, so that a code stands in it as it is and only the pair's events are
-- read; a name is looked up there. As expressions, the states would be looked up again wherever the
-- macro inside uses them: DuckDB 1.3 took 22 s for that.
from query(
    'from marts.period_indices('
    || meta.quoted(
        'from marts.day_sums('
        || meta.quoted(of_scale) || ', '
        || meta.quoted(of_officials) || ', '
        || meta.quoted(of_weighting) || ', '
        || meta.quoted_state(state_a) || ', '
        || meta.quoted_state(state_b) || ')'
    )
    || ', '
    || meta.quoted(of_freq) || ', '
    || coalesce(meta.quoted(of_source), '(select source from meta.reported_series)') || ', '
    || meta.quoted_state(state_a) || ', '
    || meta.quoted_state(state_b) || ')'
) as found
where
    found.freq = (
        -- A word that is none of those known would give no row, in silence.
        select
            case
                when of_freq not in ('day', 'week', 'month', 'quarter', 'year')
                    then
                        error(
                            'dyad_index: expected day, week, month, quarter or year, got ' || of_freq
                        )
                when of_direction not in ('undirected', 'directed')
                    then
                        error(
                            'dyad_index: expected undirected or directed, got ' || of_direction
                        )
                when of_counting not in ('all', 'one_a_day')
                    then
                        error('dyad_index: expected counting all or one_a_day, got ' || of_counting)
                when of_officials not in ('all', 'official')
                    then
                        error(
                            'dyad_index: expected officials all or official, got ' || of_officials
                        )
                when of_weighting not in ('none', 'log_mentions')
                    then
                        error(
                            'dyad_index: expected weighting none or log_mentions, got '
                            || of_weighting
                        )
                when of_scale not in (select scale from core.scale)
                    then error('dyad_index: expected a scale of core.scale, got ' || of_scale)
                when main.iso3(state_a) = main.iso3(state_b)
                    then error('dyad_index: expected two states, got ' || state_a || ' twice')
                else of_freq
            end
    )
    and found.source = (
        select
            case
                when
                    coalesce(of_source, (select source from meta.reported_series))
                    in (select source from meta.coverage)
                    then coalesce(of_source, (select source from meta.reported_series))
                else
                    error(
                        'dyad_index: expected a source of meta.coverage, got '
                        || coalesce(of_source, 'none')
                    )
            end
    )
    and found.counting = of_counting
    and found.direction = of_direction
    and found.actor1_iso3
    = case
        when of_direction = 'undirected' then least(main.iso3(state_a), main.iso3(state_b))
        else main.iso3(state_a)
    end
order by found.period_start;
