-- The days whose events differ from those of the database before.
create or replace table before.wanted_day as
select distinct day
from meta.changed_cell;
