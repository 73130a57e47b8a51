-- dyad_index('Japan', 'KOR', of_freq := 'month') returns the indices of any two states, given by
-- code or name in either order, one row a day, week, month, quarter or year; further arguments
-- choose direction, counting, source (the reported one unless told otherwise), scale, officials and
-- weighting. Computed from the events, so that every scale is at hand; the intervals are in
-- marts.dyad_month and its like.
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
    found.* exclude (freq),
from marts.period_indices(
    'from marts.day_sums('
    || chr(39) || of_scale || chr(39) || ', '
    || chr(39) || of_officials || chr(39) || ', '
    || chr(39) || of_weighting || chr(39) || ', '
    -- A code stands as it is, so that only the pair's events are read; a name is looked up.
    || case when regexp_full_match(upper(state_a), '[A-Z]{3}') then '' else 'main.iso3' end
    || '(' || chr(39) || upper(replace(state_a, chr(39), chr(39) || chr(39))) || chr(39) || '), '
    || case when regexp_full_match(upper(state_b), '[A-Z]{3}') then '' else 'main.iso3' end
    || '(' || chr(39) || upper(replace(state_b, chr(39), chr(39) || chr(39))) || chr(39) || '))',
    -- A word that is none of those known would give no row, in silence.
    case
        when of_freq not in ('day', 'week', 'month', 'quarter', 'year')
            then error('dyad_index: expected day, week, month, quarter or year, got ' || of_freq)
        when of_direction not in ('undirected', 'directed')
            then error('dyad_index: expected undirected or directed, got ' || of_direction)
        when of_counting not in ('all', 'one_a_day')
            then error('dyad_index: expected counting all or one_a_day, got ' || of_counting)
        when of_officials not in ('all', 'official')
            then error('dyad_index: expected officials all or official, got ' || of_officials)
        when of_weighting not in ('none', 'log_mentions')
            then error('dyad_index: expected weighting none or log_mentions, got ' || of_weighting)
        when of_scale not in (select scale from core.scale)
            then error('dyad_index: expected a scale of core.scale, got ' || of_scale)
        when main.iso3(state_a) = main.iso3(state_b)
            then error('dyad_index: expected two states, got ' || state_a || ' twice')
        else of_freq
    end,
    coalesce(of_source, (select source from meta.reported_series)),
    main.iso3(state_a),
    main.iso3(state_b)
) as found
where
    found.freq = of_freq
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
