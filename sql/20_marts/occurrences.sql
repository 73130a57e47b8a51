-- Private.
-- What each occurrence adds to a dyad in each direction: the unit that the bootstrap draws. A hand-kept
-- record is one occurrence even where it acts both ways, a machine-coded event is one by itself.
-- Counted in two ways: `every_` is all acts; in `once_`, which is 'one_a_day', only the first by
-- event_id of the duplicates of a day is kept. For one dyad, or for the dyads of the study if side_a is
-- null. Without acts that are dated when a state did not exist. Sums are in millionths, as integers;
-- `seed` is a hash of source and occurrence that is the same everywhere.
create or replace macro marts.occurrences(
    of_scale, of_officials, of_weighting, side_a, side_b
) as table
with
dyads as (
    select actor1_iso3 as a, actor2_iso3 as b
    from meta.study_dyad
    where side_a is null
    union all
    select least(side_a, side_b) as a, greatest(side_a, side_b) as b
    where side_a is not null
),

ordered_pairs as (
    select a, b, a as actor1_iso3, b as actor2_iso3 from dyads
    union all
    select a, b, b as actor1_iso3, a as actor2_iso3 from dyads
),

acts as (
    select
        event.source,
        coalesce(event.record_id, event.event_id) as occurrence_id,
        event.event_id,
        pair.a,
        pair.b,
        event.actor1_iso3 = pair.a as is_forward,
        event.event_date as day,
        event.cameo_code,
        scale.scale_value,
        event.counted_share
        * case
            when of_weighting = 'log_mentions' then ln(1 + coalesce(event.n_mentions, 1)) else 1
        end as every,
    from core.counted_event as event
    inner join ordered_pairs as pair using (actor1_iso3, actor2_iso3)
    left join core.scale as scale
        on scale.cameo_code = event.cameo_code and scale.scale = of_scale
    where of_officials = 'all' or event.is_official
),

weighed as (
    select
        *,
        case
            when row_number() over double_count = 1 then max(every) over double_count else 0
        end as once,
    from acts
    where scale_value is not null
    window double_count as (
        partition by source, a, b, is_forward, day, cameo_code
        order by event_id
        rows between unbounded preceding and unbounded following
    )
),

-- In millionths, as integers; one of `ahead` and `back` is 1, the other 0.
measured as (
    select
        source, occurrence_id, a, b, day,
        is_forward::int as ahead,
        1 - ahead as back,
        round(every * 1e6)::bigint as every_weight,
        round(every * scale_value * 1e6)::bigint as every_net,
        round(every * abs(scale_value) * 1e6)::bigint as every_sum,
        round(once * 1e6)::bigint as once_weight,
        round(once * scale_value * 1e6)::bigint as once_net,
        round(once * abs(scale_value) * 1e6)::bigint as once_sum,
    from weighed
)

select
    source,
    a as actor1_iso3,
    b as actor2_iso3,
    day,
    md5_number_lower(source || ':' || occurrence_id) as seed,
    sum(every_weight * ahead)::bigint as every_forward_weight,
    sum(every_net * ahead)::bigint as every_forward_net,
    sum(every_sum * ahead)::bigint as every_forward_sum,
    sum(every_weight * back)::bigint as every_backward_weight,
    sum(every_net * back)::bigint as every_backward_net,
    sum(every_sum * back)::bigint as every_backward_sum,
    sum(once_weight * ahead)::bigint as once_forward_weight,
    sum(once_net * ahead)::bigint as once_forward_net,
    sum(once_sum * ahead)::bigint as once_forward_sum,
    sum(once_weight * back)::bigint as once_backward_weight,
    sum(once_net * back)::bigint as once_backward_net,
    sum(once_sum * back)::bigint as once_backward_sum,
from measured
group by source, a, b, day, occurrence_id;
