-- Days for which a source has no data, or incomplete data, on a pair of the study, and why. `iso3`
-- is the state without data; null where that is both. A period that includes such a day is
-- incomplete, and null if it has no event. Where data on only one state are missing, acts on the
-- soil of the other are in the series. A period is null whatever was recorded if on all its days
-- there is no file, no data on one and the same state, or no data on either. Rows with different
-- reasons may overlap.
create or replace view meta.dyad_gap as
select
    gap.source,
    dyad.actor1_iso3,
    dyad.actor2_iso3,
    gap.iso3,
    gap.first_day,
    gap.last_day,
    gap.reason,
from meta.study_dyad as dyad
inner join meta.state_gap as gap
    on gap.iso3 in (dyad.actor1_iso3, dyad.actor2_iso3)
union all by name
select
    gap.source,
    dyad.actor1_iso3,
    dyad.actor2_iso3,
    gap.first_day,
    gap.last_day,
    gap.reason,
from meta.study_dyad as dyad
cross join meta.coverage_gap as gap;
