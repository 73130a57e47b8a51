-- dyad_index('JPN', 'KOR', 'month') returns the indices of any two states, one row a day, week,
-- month, quarter or year; further arguments choose direction, counting, source, scale, officials and weighting. Computed from the
-- events, so that every scale is at hand; the intervals are in marts.dyad_month and its like.
create or replace macro main.dyad_index(
    state_a,
    state_b,
    of_freq,
    of_direction := 'undirected',
    of_counting := 'all',
    of_source := 'records',
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
    || chr(39) || upper(state_a) || chr(39) || ', '
    || chr(39) || upper(state_b) || chr(39) || ')',
    of_freq,
    of_source,
    upper(state_a),
    upper(state_b)
) as found
where
    found.freq = of_freq
    and found.counting = of_counting
    and found.direction = of_direction
    and found.actor1_iso3
    = if(of_direction = 'undirected', least(upper(state_a), upper(state_b)), upper(state_a))
order by found.period_start;
