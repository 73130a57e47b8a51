-- How far do the sources agree on each dyad, month by month? Without actors: the pair of sources as a
-- whole, weighted by events. A source that no other overlaps stands alone.
select
    covered.source,
    source1,
    source2,
    actor1_iso3,
    actor2_iso3,
    n_periods,
    n_events,
    round(correlation, 3) as correlation,
from meta.coverage as covered
left join stats.source_agreement as agreement
    on covered.source in (source1, source2) and agreement.counting = 'all'
order by covered.source, source1, source2, actor1_iso3 nulls first, actor2_iso3;
