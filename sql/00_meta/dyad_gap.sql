-- The days of which a source knows nothing, or not all, of a pair of the study, and why. `iso3` is the
-- state of which it knows nothing; null for both. A period that such days touch is not complete, and
-- null if it has no event. Where only one state is unknown, acts on the soil of the other are in the
-- series. A period is null whatever was recorded if all its days lack a file or one and the same
-- state, or are unknown of both. Rows of different reasons may share days.
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
