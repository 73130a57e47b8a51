-- Measures of trade, sanctions and the like: one row per record, a step of a measure. A measure that is
-- announced and takes effect later has two rows with one measure_name. `effect` says whether the step
-- imposes or eases, `status` whether it was announced or came into force; both null where it is
-- neither (a complaint, a negotiation, an agreement).
create or replace view main.measure as
select
    record_id as measure_id,
    day,
    array_to_string(list_sort(actor1), ';') as actors,
    array_to_string(list_sort(actor2), ';') as targets,
    category,
    attributes[columns['measure_name']] as measure_name,
    effect[code] as effect,
    status[code] as status,
    attributes[columns['stage']] as stage,
    code,
    attributes[columns['product']] as product,
    attributes[columns['legal_ref']] as legal_ref,
    attributes['carries_out'] as carries_out,
    attributes['restores'] as restores,
    title,
    source_name,
    source_address,
    file,
    line,
from core.curated_record
where view_name = 'measure';
