-- The run that built this database: of meta.run the row that was written last. Not the one that
-- started last by the clock, which may have been wrong in another run.
create or replace view meta.current_run as
select
    run_id,
    started_at,
    finished_at,
    as_of,
    inputs_sha256,
    git_revision,
    versions,
    step_seconds,
    step_reasons,
    checks_passed,
    checks_failed,
    forced_reason,
from meta.run
order by rowid desc
limit 1;
