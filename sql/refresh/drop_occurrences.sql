-- Occurrences that fall into no period whose interval is drawn again.
delete from occurrence
where not exists (
    from before.changed_period as period
    where
        period.source = occurrence.source
        and period.actor1_iso3 = occurrence.actor1_iso3
        and period.actor2_iso3 = occurrence.actor2_iso3
        and occurrence.day between period.period_start and period.period_end
);
