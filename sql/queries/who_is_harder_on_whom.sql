-- In which direction of each dyad was the relative net score of the last ten years lower, and by
-- how much?
select
    year.actor1_iso3 as actor,
    year.actor2_iso3 as towards,
    sum(year.n_events)::bigint as n_events,
    round(sum(year.net), 1) as net,
    round(
        (sum(year.cooperation) - sum(year.conflict))
        / nullif(sum(year.cooperation) + sum(year.conflict), 0),
        2
    ) as relative_net,
from marts.dyad_year as year
cross join meta.study as study
where
    year.source = $source
    and year.counting = $counting
    and year.direction = 'directed'
    and year.period_start > study.as_of - interval 10 years
group by year.actor1_iso3, year.actor2_iso3
order by relative_net, actor, towards;
