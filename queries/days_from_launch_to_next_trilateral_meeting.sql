-- After each North Korean launch, how many days passed until the leaders of Japan, South Korea and
-- the United States next met as three?
with
meetings as (
    select
        day as meeting,
        min(title) as title,
    from meeting
    where category = 'summit' and parties = 'JPN;KOR;USA'
    group by day
),

launches as (
    select
        day as launch,
        string_agg(distinct missile_class, ', ' order by missile_class) as missile_classes,
    from launch
    where category = 'missile_launch'
    group by day
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
