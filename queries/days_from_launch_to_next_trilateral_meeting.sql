-- After each North Korean launch, how many days passed until the leaders of Japan, South Korea and
-- the United States next met as three?
with
meetings as (
    select
        event_date as meeting,
        min(title) as title,
    from core.summit
    where list_sort(list_distinct(actor1 || actor2)) = ['JPN', 'KOR', 'USA']
    group by event_date
),

launches as (
    select
        event_date as launch,
        string_agg(distinct missile_class, ', ' order by missile_class) as missile_classes,
    from core.missile_launch
    where category = 'missile_launch'
    group by event_date
)

select
    launches.launch,
    launches.missile_classes,
    meetings.meeting as next_meeting,
    date_diff('day', launches.launch, meetings.meeting) as days,
    meetings.title,
from launches
asof left join meetings on launches.launch <= meetings.meeting
order by launches.launch;
