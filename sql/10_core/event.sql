-- One row per accepted event: who did what to whom on which day, from hand-kept records and from
-- machine-coded sources. Records are a table; bulk events are read from the parts of the store.
create or replace view core.event as
select * from core.record_event
union all by name
select * from core.store_event;
