-- Meetings: one row per meeting with all its parties, of the categories that sidecars declare as
-- meetings: in the shipped files those of leaders, while talks of ministers are in `event`. The records
-- of one meeting (guests with host, guests with each other) are one row. Which states met is said by
-- `parties`, in alphabetical order: 'CHN;JPN;KOR'.
create or replace view main.meeting as
with
record as (
    select
        *,
        row_number() over (
            partition by occurrence_id
            order by record_id <> occurrence_id, file, line
        ) as place,
    from core.curated_record
    where view_name = 'meeting'
)

select
    any_value(record_id) filter (place = 1) as meeting_id,
    min(day) as day,
    max(coalesce(last_day, day)) as last_day,
    any_value(category) filter (place = 1) as category,
    array_to_string(
        list_sort(list_distinct(flatten(list(list_concat(actor1, actor2))))), ';'
    ) as parties,
    len(list_distinct(flatten(list(list_concat(actor1, actor2)))))::bigint as n_parties,
    any_value(attributes[columns['format']]) filter (place = 1) as format,
    any_value(attributes[columns['setting']]) filter (place = 1) as setting,
    any_value(attributes[columns['place']]) filter (place = 1) as place,
    any_value(attributes[columns['participants']]) filter (place = 1) as participants,
    any_value(attributes[columns['occasion']]) filter (place = 1) as occasion,
    count(*) as n_records,
    any_value(title) filter (place = 1) as title,
    any_value(source_name) filter (place = 1) as source_name,
    any_value(source_address) filter (place = 1) as source_address,
    any_value(file) filter (place = 1) as file,
    any_value(line) filter (place = 1) as line,
from record
group by occurrence_id;
