-- Launches: one row per record of a category that its sidecar declares as launches, in the shipped
-- files a day and missile class. A nuclear test is not a launch and is not here (see `event`). The
-- number of missiles is null where it is not known: their sum is a lower bound.
create or replace view main.launch as
select
    record_id as launch_id,
    day,
    array_to_string(list_sort(actor1), ';') as actor,
    category,
    attributes[columns['missile_class']] as missile_class,
    attributes[columns['missile_name']] as missile_name,
    try_cast(attributes[columns['n_missiles']] as bigint) as n_missiles,
    try_cast(attributes[columns['n_missiles']] as bigint) is not null as is_number_known,
    attributes[columns['site']] as site,
    attributes[columns['outcome']] as outcome,
    array_to_string(list_sort(actor2), ';') as targets,
    title,
    source_name,
    source_address,
    file,
    line,
from core.curated_record
where view_name = 'launch';
