-- Names of actors that are in no reference table on the day of the event: how many rows each source
-- has of them, when, and where the first one is. Such rows are not out of scope, as it is not known
-- what the names mean. Add the meanings to data/raw/reference/actor_codes.csv or actor_aliases.csv.
-- A view: counted when it is asked for.
create or replace view core.unknown_actor as
with
named as (
    select source, unknown1 as name, event_date, raw_file_id, raw_row
    from core.store_other
    where unknown1 is not null
    union all
    select source, unknown2 as name, event_date, raw_file_id, raw_row
    from core.store_other
    where unknown2 is not null
    union all
    -- Beside the actors of an event; a row that is several events counts once.
    select distinct
        source,
        unnest(string_split(unknown_names, '; ')) as name,
        event_date,
        raw_file_id,
        raw_row,
    from core.store_event
    where unknown_names is not null
)

select
    source,
    name,
    count(*) as n_rows,
    min(event_date) as first_day,
    max(event_date) as last_day,
    min((raw_file_id, raw_row))[1] as raw_file_id,
    min((raw_file_id, raw_row))[2] as raw_row,
from named
group by source, name
order by source, n_rows desc, name;
