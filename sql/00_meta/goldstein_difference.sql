-- How often the value that a source reports differs from the scale table's for the same code. The
-- table's counts; the reported one is kept beside it. A view: counted when it is asked for.
create or replace view meta.goldstein_difference as
select
    source,
    count(*) as n_events,
    count(goldstein_reported) as n_compared,
    count(*) filter (abs(goldstein_reported - goldstein) > 0.05) as n_different,
    list(distinct cameo_code order by cameo_code)
        filter (abs(goldstein_reported - goldstein) > 0.05) as cameo_codes,
from core.store_event
group by source
order by source;
