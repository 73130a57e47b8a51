-- Trade measures, disputes and sanctions with the fields of their category; one row per record.
create or replace view core.trade_measure as
select
    record_id,
    event_date,
    end_date,
    category,
    actor1,
    actor2,
    attributes['measure'] as measure,
    attributes['stage'] as stage,
    attributes['product'] as product,
    attributes['legal_ref'] as legal_ref,
    attributes['note'] as note,
    title,
    source_name,
    source_url,
    raw_file_id,
    raw_row,
from core.record
where category in (
    'export_control', 'wto_dispute', 'sanction', 'tariff', 'import_measure', 'trade_agreement', 'financial'
);
