-- Private.
-- The acts between the study's states, directed, counted in both ways, with the day on which each was
-- known and what it adds to the net score under the study's scale, officials and weighting. Of acts
-- that count once a day, the first to be published says when they were known. Without acts that are
-- dated when a state did not exist, as in the sums.
create or replace view stats.study_act as
with
ways as (
    select actor1_iso3, actor2_iso3 from meta.study_dyad
    union all
    select actor2_iso3, actor1_iso3 from meta.study_dyad
),

counted as (
    select
        event.source,
        event.actor1_iso3,
        event.actor2_iso3,
        event.event_date,
        event.cameo_code,
        event.added_at,
        event.counted_share
        * case
            when (select weighting from meta.study) = 'log_mentions'
                then ln(1 + coalesce(event.n_mentions, 1))
            else 1
        end as weight,
    from core.counted_event as event
    inner join ways using (actor1_iso3, actor2_iso3)
    where (select officials from meta.study) = 'all' or event.is_official
),

acts as (
    select 'all' as counting, *
    from counted
    union all by name
    select
        'one_a_day' as counting,
        * exclude (added_at, weight),
        min(added_at) as added_at,
        max(weight) as weight,
    from counted
    group by all
)

select
    acts.source,
    acts.counting,
    acts.actor1_iso3,
    acts.actor2_iso3,
    acts.event_date,
    acts.added_at::date as known_on,
    scale.scale_value,
    (coalesce(scale.scale_value, 0) * acts.weight)::decimal(38, 12) as net,
from acts
cross join meta.study as study
left join core.scale as scale
    on scale.cameo_code = acts.cameo_code and scale.scale = study.scale;
