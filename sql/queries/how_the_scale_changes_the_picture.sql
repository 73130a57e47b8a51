-- Do the years of a dyad rank alike under every scale? One row per year, one column a
-- scale, each as the rank of the year's net score from the best; of complete years alone.
select
    goldstein.period_start,
    goldstein.n_acts,
    rank() over (order by goldstein.net desc) as goldstein,
    rank() over (order by weis.net desc) as weis,
    rank() over (order by azar_sloan.net desc) as azar_sloan,
    rank() over (order by plover.net desc) as plover,
    rank() over (order by quad_class.net desc) as quad_class,
from dyad_index($actor1, $actor2, 'year', of_source := $source) as goldstein
inner join dyad_index(
    $actor1, $actor2, 'year', of_source := $source, of_scale := 'weis') as weis using (period_start)
inner join dyad_index(
    $actor1, $actor2, 'year', of_source := $source, of_scale := 'azar_sloan') as azar_sloan
    using (period_start)
inner join dyad_index(
    $actor1, $actor2, 'year', of_source := $source, of_scale := 'plover') as plover using (period_start)
inner join dyad_index(
    $actor1, $actor2, 'year', of_source := $source, of_scale := 'quad_class') as quad_class
    using (period_start)
where goldstein.n_acts > 0
order by goldstein.period_start;
