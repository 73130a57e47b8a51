-- The events that came with parts of the store that the database before did not read, on dyad-days
-- that differ. Their ids are looked for among all events; the others were compared before.
create or replace table before.arrived as
select part.source, part.event_id
from before.added_event as part
semi join meta.changed_cell as cell
    on
        part.source = cell.source
        and part.actor1_iso3 = cell.actor1_iso3
        and part.actor2_iso3 = cell.actor2_iso3
        and part.event_date = cell.day;
