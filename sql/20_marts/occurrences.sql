-- What each occurrence adds to a dyad in each direction: the unit that the bootstrap draws. A
-- hand-kept record is one occurrence even where it acts both ways, a machine-coded event is one by
-- itself. Counted in two ways: `every_` is all acts; of `once_`, which is 'one_a_day', the doubles of a
-- day are left out, and of them the one with the smallest event_id is kept. For one dyad, or for the
-- dyads of the study if side_a is null. Sums are in millionths, as integers; `seed` is a hash of source
-- and occurrence that is the same everywhere.
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
        pair.a,
        pair.b,
        event.actor1_iso3 = pair.a as is_forward,
        event.event_date as day,
        scale.scale_value,
        coalesce(event.n_mentions, 1) as n_mentions,
        row_number() over double_count = 1 as is_first,
        max(coalesce(event.n_mentions, 1)) over double_count as most_mentions,
    from core.event as event
    inner join ordered_pairs as pair using (actor1_iso3, actor2_iso3)
    left join core.scale as scale
        on scale.cameo_code = event.cameo_code and scale.scale = of_scale
    where of_officials = 'all' or event.is_official
    window double_count as (
        partition by
            event.source, event.actor1_iso3, event.actor2_iso3, event.event_date, event.cameo_code
        order by event.event_id
        rows between unbounded preceding and unbounded following
    )
),

weighed as (
    select
        *,
        if(of_weighting = 'log_mentions', ln(1 + n_mentions), 1) as every,
        case
            when not is_first then 0
            when of_weighting = 'log_mentions' then ln(1 + most_mentions)
            else 1
        end as once,
    from acts
    where scale_value is not null
)

select
    source,
    a as actor1_iso3,
    b as actor2_iso3,
    day,
    md5_number_lower(source || ':' || occurrence_id) as seed,
    sum(if(is_forward, round(every * 1e6), 0)::bigint)::bigint as every_forward_weight,
    sum(if(is_forward, round(every * scale_value * 1e6), 0)::bigint)::bigint as every_forward_net,
    sum(if(is_forward, round(every * abs(scale_value) * 1e6), 0)::bigint)::bigint as every_forward_sum,
    sum(if(is_forward, 0, round(every * 1e6))::bigint)::bigint as every_backward_weight,
    sum(if(is_forward, 0, round(every * scale_value * 1e6))::bigint)::bigint as every_backward_net,
    sum(if(is_forward, 0, round(every * abs(scale_value) * 1e6))::bigint)::bigint as every_backward_sum,
    sum(if(is_forward, round(once * 1e6), 0)::bigint)::bigint as once_forward_weight,
    sum(if(is_forward, round(once * scale_value * 1e6), 0)::bigint)::bigint as once_forward_net,
    sum(if(is_forward, round(once * abs(scale_value) * 1e6), 0)::bigint)::bigint as once_forward_sum,
    sum(if(is_forward, 0, round(once * 1e6))::bigint)::bigint as once_backward_weight,
    sum(if(is_forward, 0, round(once * scale_value * 1e6))::bigint)::bigint as once_backward_net,
    sum(if(is_forward, 0, round(once * abs(scale_value) * 1e6))::bigint)::bigint as once_backward_sum,
from weighed
group by source, a, b, day, occurrence_id;
