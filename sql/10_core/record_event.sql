-- The events in hand-kept records: who did what to whom on which day. A record acts once per
-- ordered pair of an actor and a target, and once more in the other direction where it names a
-- reverse code (a visit is made by one side and hosted by the other). Only what was known on the
-- day as of which the database stands.
create or replace table core.record_event as
with
forward as (
    select *, unnest(actor1) as actor1_iso3, cameo_code as code
    from core.record
),

forward_pairs as (
    select * exclude (actor1_iso3), actor1_iso3, unnest(actor2) as actor2_iso3
    from forward
),

acts as (
    select record_id, actor1_iso3, actor2_iso3, code, 1 as direction from forward_pairs
    union all by name
    select
        record_id,
        actor2_iso3 as actor1_iso3,
        actor1_iso3 as actor2_iso3,
        reverse_cameo_code as code,
        2 as direction,
    from forward_pairs
    where reverse_cameo_code is not null
)

select
    record.record_id || ':' || acts.actor1_iso3 || '>' || acts.actor2_iso3 as event_id,
    meta.hand_kept() as source,
    record.event_date,
    -- A record was public on its day; the file was written later (docs/methods.md, Vintages).
    record.event_date::timestamp as added_at,
    acts.actor1_iso3,
    acts.actor2_iso3,
    'GOV' as actor1_sector,
    'GOV' as actor2_sector,
    true as is_official,
    false as is_preliminary,
    acts.code as cameo_code,
    cameo.cameo_root,
    cameo.plover_type,
    cameo.quad_class,
    null::utinyint as quad_class_reported,
    cameo.goldstein,
    null::double as goldstein_reported,
    1::bigint as n_mentions,
    coalesce(share.counted_share, 1) as counted_share,
    null::bigint as n_sources,
    null::boolean as is_root_event,
    null::double as avg_tone,
    null::bigint as n_deaths,
    null::bigint as n_deaths_low,
    null::bigint as n_deaths_high,
    null::varchar as unknown_names,
    null::varchar as contexts,
    record.category,
    record.title,
    record.source_url,
    record.source_name,
    null::varchar as place_country,
    null::double as latitude,
    null::double as longitude,
    record.record_id,
    record.raw_file_id,
    record.raw_row,
from acts
inner join core.record as record using (record_id)
inner join core.cameo as cameo on cameo.cameo_code = acts.code
cross join meta.study as study
left join core.record_share as share
    on
        share.record_id = acts.record_id
        and share.actor1_iso3 = acts.actor1_iso3
        and share.actor2_iso3 = acts.actor2_iso3
where acts.actor1_iso3 <> acts.actor2_iso3 and record.event_date <= study.as_of
order by event_date, event_id;
