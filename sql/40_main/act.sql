-- Who did what to whom: one row per directed act, with its code and quad class in words and the points
-- that it adds to the score. A record of several states is an act of each towards each other one, and a
-- visit is an act of the guest and of the host: to count occurrences count rows of `event`.
create or replace view main.act as
select
    event.event_id as act_id,
    event.source,
    coalesce(record.attributes['occurrence_id'], event.record_id, event.event_id) as occurrence_id,
    event.event_date as day,
    event.added_at::date as known_on,
    event.actor1_iso3 as actor,
    event.actor2_iso3 as target,
    least(event.actor1_iso3, event.actor2_iso3) || '-'
    || greatest(event.actor1_iso3, event.actor2_iso3) as dyad,
    event.cameo_code as code,
    cameo.name as code_name,
    case event.quad_class
        when 1 then 'verbal cooperation'
        when 2 then 'material cooperation'
        when 3 then 'verbal conflict'
        when 4 then 'material conflict'
    end as quad_class,
    case
        when study.officials = 'official' and not event.is_official then 0
        when study.weighting = 'log_mentions'
            then round(
                scale.scale_value * event.counted_share * ln(1 + coalesce(event.n_mentions, 1)), 4
            )
        else round(scale.scale_value * event.counted_share, 4)
    end as points,
    event.is_official,
    event.n_deaths,
    event.n_deaths_low,
    event.n_deaths_high,
    event.category,
    event.title,
    event.source_name,
    event.source_url as source_address,
    file.path as file,
    event.raw_row as line,
from core.event as event
cross join meta.study as study
inner join core.cameo as cameo using (cameo_code)
left join core.scale as scale
    on scale.cameo_code = event.cameo_code and scale.scale = study.scale
left join core.record as record on record.record_id = event.record_id
left join meta.raw_file as file on file.raw_file_id = event.raw_file_id;
