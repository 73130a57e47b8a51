-- What does each break of the mean depend on? In how many other searches it is found again, and in
-- which it is not: on another scale, without a kind of record, with the records of the two states
-- alone. Only searches that change a tenth of the points or more count.
with
breaks as (
    select
        point.actor1_iso3,
        point.actor2_iso3,
        point.last_before,
        point.mean_before,
        point.mean_after,
        search.variant_words,
        list_contains(search.lost_breaks, point.last_before) as is_lost,
        search.position,
    from stats.break_point as point
    inner join stats.robustness as search
        using (source, counting, actor1_iso3, actor2_iso3, freq, measure)
    where
        point.source = $source and point.counting = $counting and point.freq = $freq
        and point.measure = $measure and search.is_counted
)

select
    actor1_iso3,
    actor2_iso3,
    last_before,
    mean_before,
    mean_after,
    count(*) filter (not is_lost) as n_found_again,
    count(*) as n_searches,
    list(variant_words order by position) filter (is_lost) as not_found,
from breaks
group by all
order by actor1_iso3, actor2_iso3, last_before;
