-- The sources whose period indices are computed again: those of which a day differs, in scope or not,
-- and those that cover other days than in the database before, or have other gaps, of all states or
-- of one.
create or replace table before.changed_source as
select source from meta.changed_cell
union
select source
from before.coverage as earlier
full join meta.coverage as later using (source)
where
    earlier.first_day is distinct from later.first_day
    or earlier.last_day is distinct from later.last_day
    or earlier.complete_to is distinct from later.complete_to
union
select source from (from before.coverage_gap except from meta.coverage_gap)
union
select source from (from meta.coverage_gap except from before.coverage_gap)
union
select source from (from before.state_gap except from meta.state_gap)
union
select source from (from meta.state_gap except from before.state_gap);
