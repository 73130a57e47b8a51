-- The periods of the study's dyads whose intervals have to be drawn again, with their days.
create or replace table before.changed_period as
select distinct
    freqs.freq,
    cell.source,
    dyad.actor1_iso3,
    dyad.actor2_iso3,
    date_trunc(freqs.freq, cell.day)::date as period_start,
    (date_trunc(freqs.freq, cell.day) + freqs.step - interval 1 day)::date as period_end,
from meta.changed_cell as cell
inner join meta.study_dyad as dyad
    on
        dyad.actor1_iso3 = least(cell.actor1_iso3, cell.actor2_iso3)
        and dyad.actor2_iso3 = greatest(cell.actor1_iso3, cell.actor2_iso3)
cross join (
    values
    ('week', interval 7 days),
    ('month', interval 1 month),
    ('quarter', interval 3 months),
    ('year', interval 1 year)
) as freqs (freq, step);
