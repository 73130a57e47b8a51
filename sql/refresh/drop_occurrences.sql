-- Occurrences that are not drawn again: of a machine-coded source those outside the weeks and months
-- that differ, of the records, of which no month's sums are kept, those outside the years.
delete from occurrence
where not exists (
    from before.changed_period as period
    where
        period.source = occurrence.source
        and period.actor1_iso3 = occurrence.actor1_iso3
        and period.actor2_iso3 = occurrence.actor2_iso3
        and occurrence.day between period.period_start and period.period_end
        and (period.freq in ('week', 'month') or period.source = 'records')
);
