-- How many years lay between the Tokyo visit of March 2023 and the bilateral visit between the
-- leaders of Japan and South Korea before it? Visits for a meeting of several states, a ceremony or
-- the sidelines of either are not bilateral visits.
with
visits as (
    select
        day,
        title,
        place,
        lag(day) over (order by day) as previous_date,
        lag(title) over (order by day) as previous_title,
    from meeting
    where
        format = 'bilateral'
        and setting = 'visit'
        and category = 'summit'
        and parties = 'JPN;KOR'
)

select
    day as visit,
    title,
    previous_date as previous_visit,
    previous_title,
    date_diff('day', previous_date, day) as days_between,
    round(date_diff('day', previous_date, day) / 365.25, 1) as years_between,
from visits
where day = date '2023-03-16';
