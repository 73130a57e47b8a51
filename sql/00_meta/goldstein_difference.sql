-- How often the value that a source reports differs from the scale table's for the same code, and
-- the quad class from the code table's. The table's count; the reported ones are kept beside them. A
-- view: counted when it is asked for.
create or replace view meta.goldstein_difference as
select
    source,
    count(*) as n_events,
    count(goldstein_reported) as n_compared,
    count(*) filter (abs(goldstein_reported - goldstein) > 0.05) as n_different,
    list(distinct cameo_code order by cameo_code)
        filter (abs(goldstein_reported - goldstein) > 0.05) as cameo_codes,
    count(quad_class_reported) as n_quad_class_compared,
    count(*) filter (quad_class_reported <> quad_class) as n_quad_class_different,
from core.store_event
group by source
order by source;
