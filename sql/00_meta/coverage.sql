-- From when to when each source can be expected to hold events. A period without events inside it
-- is a zero; outside it nothing is known. A source made of several files (one a category of
-- records) is complete only to the day to which all of them are.
create or replace table meta.coverage as
select
    raw_file.source,
    greatest(
        min(coalesce(raw_file.covers_from, study.start_date)),
        any_value(study.start_date)
    ) as first_day,
    least(max(raw_file.covers_to), any_value(study.as_of)) as last_day,
    least(min(raw_file.covers_to), any_value(study.as_of)) as complete_to,
from meta.raw_file as raw_file
cross join meta.study as study
where raw_file.covers_to is not null and raw_file.n_loaded > 0
group by raw_file.source;
