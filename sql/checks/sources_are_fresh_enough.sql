-- The newest event of a source lies no more days back than checks.max_lag_days of detente.toml
-- allows. A source that fell silent makes the latest periods look calm.
select
    allowed.source,
    max(volume.day) as newest_day,
    study.as_of,
    study.as_of - max(volume.day) as lag_days,
    allowed.max_lag_days,
from meta.check_limit as allowed
cross join meta.study as study
left join marts.volume_day as volume using (source)
where allowed.max_lag_days is not null
group by allowed.source, allowed.max_lag_days, study.as_of
having coalesce(study.as_of - max(volume.day) > allowed.max_lag_days, true)
order by allowed.source;
