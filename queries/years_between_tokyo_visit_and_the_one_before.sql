-- How many years lay between the Tokyo visit of March 2023 and the bilateral visit between the
-- leaders of Japan and South Korea before it? Visits for a meeting of several states, a ceremony or
-- the sidelines of either are not bilateral visits.
with
visits as (
    select
        event_date,
        title,
        place,
        lag(event_date) over (order by event_date) as previous_date,
        lag(title) over (order by event_date) as previous_title,
    from core.summit
    where
        format = 'bilateral'
        and setting = 'visit'
        and list_sort(list_distinct(actor1 || actor2)) = ['JPN', 'KOR']
)

select
    event_date as visit,
    title,
    previous_date as previous_visit,
    previous_title,
    date_diff('day', previous_date, event_date) as days_between,
    round(date_diff('day', previous_date, event_date) / 365.25, 1) as years_between,
from visits
where event_date = date '2023-03-16';
