-- Private.
-- The days on which a state that has spells (core.state_spell) did not exist: before, between and
-- after them. What is dated so is listed and in no sum.
create or replace table core.state_absence as
with
spell as (
    select
        iso3,
        first_day,
        last_day,
        lag(last_day) over (partition by iso3 order by first_day) as last_before,
        lead(iso3) over (partition by iso3 order by first_day) is null as is_last,
    from core.state_spell
)

select
    iso3,
    coalesce(last_before + 1, date '0001-01-01') as first_day,
    first_day - 1 as last_day,
from spell
where last_before is null or first_day > last_before + 1
union all
select iso3, last_day + 1, date '9999-12-31'
from spell
where is_last and last_day is not null
order by all;
