-- What happened: one row per occurrence and category. The records of one occasion (a trilateral
-- meeting that a host and the guests with each other make) are one row; a machine-coded event is a
-- row by itself. Count rows here to count events; count rows of `act` to count who did what to
-- whom. `dyads` says between which states something was done: two targets of one launch are both
-- `parties` of it, but not a dyad.
create or replace view main.event as
with
record as (
    select
        one.* exclude (view_name, columns, effect, status),
        named.attributes[named.columns['kind']] as kind,
        named.attributes[named.columns['stage']] as stage,
        named.attributes[named.columns['issue']] as issue,
        row_number() over (
            partition by one.occurrence_id, one.category
            order by one.record_id <> one.occurrence_id, one.file, one.line
        ) as place,
    from (
        select distinct on (record_id) *
        from core.curated_record
    ) as one
    left join core.curated_record as named
        on named.record_id = one.record_id and named.view_name = 'event'
),

pair as (
    select
        record.occurrence_id,
        record.category,
        array_to_string(
            list_sort(
                list_distinct(
                    list(
                        least(act.actor1_iso3, act.actor2_iso3)
                        || '-' || greatest(act.actor1_iso3, act.actor2_iso3)
                    )
                )
            ),
            ';'
        ) as dyads,
    from core.record_event as act
    inner join record using (record_id)
    group by record.occurrence_id, record.category
)

select
    any_value(record_id) filter (place = 1) as event_id,
    meta.hand_kept() as source,
    occurrence_id,
    min(day) as day,
    max(coalesce(last_day, day)) as last_day,
    category,
    any_value(kind) filter (place = 1) as kind,
    any_value(stage) filter (place = 1) as stage,
    any_value(issue) filter (place = 1) as issue,
    array_to_string(list_sort(list_distinct(flatten(list(actor1)))), ';') as actors,
    array_to_string(list_sort(list_distinct(flatten(list(actor2)))), ';') as targets,
    array_to_string(
        list_sort(list_distinct(flatten(list(list_concat(actor1, actor2))))), ';'
    ) as parties,
    any_value(pair.dyads) as dyads,
    count(*) as n_records,
    null::bigint as n_deaths,
    null::bigint as n_deaths_low,
    null::bigint as n_deaths_high,
    any_value(title) filter (place = 1) as title,
    any_value(source_name) filter (place = 1) as source_name,
    any_value(source_address) filter (place = 1) as source_address,
    any_value(file) filter (place = 1) as file,
    any_value(line) filter (place = 1) as line,
from record
left join pair using (occurrence_id, category)
group by occurrence_id, category
union all by name
select
    event.event_id,
    event.source,
    event.event_id as occurrence_id,
    event.event_date as day,
    event.event_date as last_day,
    event.category,
    null::varchar as kind,
    null::varchar as stage,
    null::varchar as issue,
    event.actor1_iso3 as actors,
    event.actor2_iso3 as targets,
    least(event.actor1_iso3, event.actor2_iso3) || ';'
    || greatest(event.actor1_iso3, event.actor2_iso3) as parties,
    least(event.actor1_iso3, event.actor2_iso3) || '-'
    || greatest(event.actor1_iso3, event.actor2_iso3) as dyads,
    1::bigint as n_records,
    event.n_deaths,
    event.n_deaths_low,
    event.n_deaths_high,
    event.title,
    event.source_name,
    event.source_url as source_address,
    file.path as file,
    event.raw_row as line,
from core.store_event as event
left join meta.raw_file as file using (raw_file_id);
