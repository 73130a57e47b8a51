-- Occurrences that are not drawn again: those outside the weeks that differ and the months that are
-- drawn.
delete from occurrence
where not exists (
    from (
        select source, actor1_iso3, actor2_iso3, period_start, period_end
        from before.changed_period
        where freq = 'week'
        union all
        from before.drawn_month
    ) as period
    where
        period.source = occurrence.source
        and period.actor1_iso3 = occurrence.actor1_iso3
        and period.actor2_iso3 = occurrence.actor2_iso3
        and occurrence.day between period.period_start and period.period_end
);
