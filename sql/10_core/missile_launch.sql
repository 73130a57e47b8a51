-- North Korean launches and nuclear tests with the fields of their category; one row per launch
-- day and missile class.
create or replace view core.missile_launch as
select
    record_id,
    event_date,
    end_date,
    category,
    actor1,
    actor2,
    attributes['missile_class'] as missile_class,
    attributes['missile_name'] as missile_name,
    attributes['n_missiles']::integer as n_missiles,
    attributes['launch_site'] as launch_site,
    attributes['overflew_japan']::boolean as overflew_japan,
    attributes['landed_in_japan_eez']::boolean as landed_in_japan_eez,
    attributes['outcome'] as outcome,
    attributes['note'] as note,
    title,
    source_name,
    source_url,
    raw_file_id,
    raw_row,
from core.record
where category in ('missile_launch', 'satellite_launch', 'nuclear_test');
