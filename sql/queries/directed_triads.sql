-- Does what A does to B follow what C does to A? The directed tests of each triad of the settings,
-- the smallest corrected p-values first, with what they say.
select
    triad,
    predicted,
    predictors,
    p_value,
    p_adjusted,
    sentence,
from stats.triad
where
    direction = 'directed'
    and not is_refused
    and source = $source
    and counting = $counting
    and measure = $measure
order by triad, p_adjusted, predicted, predictors;
