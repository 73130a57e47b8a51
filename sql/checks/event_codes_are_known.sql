-- Each event carries a CAMEO code of the reference table, its own root, quad class and value.
select
    event.event_id,
    event.cameo_code,
    event.cameo_root,
    event.quad_class,
    event.goldstein,
from core.event as event
left join core.cameo as cameo using (cameo_code)
where
    cameo.cameo_code is null
    or event.cameo_root <> cameo.cameo_root
    or event.quad_class <> cameo.quad_class
    or event.goldstein is distinct from cameo.goldstein;
