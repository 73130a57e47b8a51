-- The dyad-days of records, and of feeds those of the days that changed.
create or replace temp table checked_day as
select *
from marts.dyad_day
where meta.is_hand_kept(source) or day in (select day from before.wanted_day);
