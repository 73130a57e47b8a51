"""The steps of a refresh: load, build, estimate, ask, check, publish.

Each has a connection of its own to the database under construction, so that a step can run in a
thread or task of its own. The steps that need the statistics import them when they run: a night in
which nothing changed does without.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from detente.base.counted import counted
from detente.database.builder import Warehouse
from detente.database.sql_files import SqlFile, sql_files
from detente.engines import engine
from detente.indices import balance, reading, reported
from detente.refresh import (
    changes,
    checking,
    incremental,
    ingest,
    input_tables,
    publish,
    published_state,
    record_tables,
    runs,
    step_inputs,
    strays,
    summary,
)
from detente.refresh.job import Job, Step
from detente.store import manifest, slicing
from detente.store.events import Store


def update_events(job: Job) -> str:
    """Fetch what the providers have and load it into the event store."""
    asked = job.request
    if asked.anew:
        if not asked.without_missing:
            ingest.demand_raw_files(job.settings)
        manifest.start_anew(Store(job.settings).place)
    summaries = ingest.update(
        job.settings,
        asked.sources,
        offline=asked.offline,
        start=asked.start,
        end=asked.end,
        progress=job.progress,
        planned=job.planned.append,
    )
    for one in summaries:
        job.problems += [f"{one.source}: {one.problem}"] if one.problem else []
        job.problems += one.news
    job.problems += [
        f"none of {message} is loaded" for message in summary.unloaded(job.settings, summaries)
    ]
    job.problems += strays.of_nothing_loaded(job.settings, [one.source for one in summaries])
    Store(job.settings).clean(published_state.parts(job.settings.processed))
    return "; ".join(map(str, summaries))


def load_inputs(job: Job) -> str:
    """Load the study, the reference tables and the records."""
    files = _load(job)
    if job.build.base and _has_other_dyads(job):
        # A pair that is new to the study needs its whole past.
        job.adopt(job.build.as_full("the study has other pairs than before"))
        job.abandon()
        job.building.unlink()
        files = _load(job)
    n_records = sum(len(file.parsed.records) for file in files)
    n_rejected = sum(len(file.parsed.rejections) for file in files)
    why = f" ({job.build.why_full})" if job.build.why_full else ""
    line = (
        f"{job.build.kind} build{why}, {counted(n_records, 'record')} of "
        f"{counted(len(files), 'file')}"
    )
    if n_rejected:
        line += f", {counted(n_rejected, 'row')} rejected (`detente doctor` lists them)"
    return line


def _load(job: Job) -> list[record_tables.RecordFile]:
    """Fill the tables that take inputs, in a copy of the base where there is one."""
    base = job.build.base
    if base:
        base.copy(job.building)
    with job.open() as warehouse:
        if base:
            incremental.remember(warehouse)
        warehouse.create_inputs(keep=incremental.is_carried if base else lambda _: False)
        input_tables.study(warehouse, job.settings, job.run.as_of)
        input_tables.check_limits(warehouse, job.settings, is_today=job.is_today)
        input_tables.reference_tables(warehouse, job.settings)
        files = record_tables.read_records(job.settings, record_tables.vocabulary(warehouse))
        record_tables.write_records(warehouse, job.settings, files)
        input_tables.bulk_files(warehouse, job.settings)
        input_tables.disk_differences(warehouse, job.settings, [todo.look for todo in job.planned])
        input_tables.keep_dyads_with_events(warehouse, job.settings)
        warehouse.insert(
            "meta.input",
            ["kind", "name", "sha256"],
            sorted((*key, value) for key, value in step_inputs.together(job.build.given).items()),
        )
    return files


def _has_other_dyads(job: Job) -> bool:
    with job.open() as warehouse:
        return incremental.has_other_dyads(warehouse)


def build_marts(job: Job) -> str:
    """Derive every table that SQL derives."""
    total = sum(not file.is_input for file in sql_files())
    with job.open() as warehouse:
        input_tables.relate(warehouse, job.settings)
        with _ways(job, warehouse) as update:
            for _ in job.progress.track(warehouse.derived(update), "Building tables", total):
                pass
        reported.resolve(warehouse, job.settings)
        warehouse.comment()
        # Counted already; core.event would read the whole store once more.
        n_events = warehouse.rows(
            "select coalesce(sum(n_events), 0) from marts.volume_reason_day where reason is null"
        )[0][0]
        built = f"{counted(n_events, 'event')} in {total} tables and views"
        if not job.build.base:
            return built
        job.run.n_changed_cells = n = incremental.count_changes(warehouse)
    return f"{built}; {counted(n, 'dyad-day')} recomputed"


@contextmanager
def _ways(job: Job, warehouse: Warehouse) -> Iterator[Callable[[SqlFile], bool]]:
    """Give what brings tables up to date otherwise than by their statement in DuckDB.

    A night reads some days alone, which waits for no engine. A build from nothing reads all.
    """
    if job.build.base:
        yield incremental.Update(warehouse, job.settings)
        return
    if not engine.serves(job.settings, warehouse):
        yield partial(slicing.build, warehouse)
        return
    with engine.opened(job.settings, warehouse) as chosen:

        def build(file: SqlFile) -> bool:
            if file.table not in engine.TABLES:
                return slicing.build(warehouse, file)
            chosen.build(file)
            return True

        yield build


def add_intervals(job: Job) -> str:
    """Draw the 95% intervals of the indices."""
    with job.open_for("intervals") as warehouse:
        total = warehouse.rows("select count(*) from meta.study_dyad")[0][0]
        found = job.progress.track(reading.fill_intervals(warehouse), "Drawing intervals", total)
        n_periods = sum(found)
    return f"{counted(n_periods, 'period')} with an interval"


def add_balances(job: Job) -> str:
    """Add up the last twelve months of every month, with their intervals."""
    with job.open_for("balance") as warehouse:
        found = job.progress.track(balance.fill(warehouse), "Adding up twelve months", None)
        n_months = sum(found)
    return f"{counted(n_months, 'month')} with a balance"


def find_consensus(job: Job) -> str:
    """Estimate the relation behind several sources, dyad by dyad."""
    from detente.indices import consensus

    with job.open_for("consensus") as warehouse:
        n_found = consensus.fill(warehouse)
    return f"{n_found} series with a consensus of sources"


def estimate_levels(job: Job) -> str:
    """Estimate the level of relations of every dyad, month by month."""
    from detente.analysis import levels

    with job.open_for("level") as warehouse:
        n_found = levels.fill(warehouse, job.settings.inference, job.progress)
    return f"{n_found} series with a level estimated"


def ask_questions(job: Job) -> str:
    """Test the series for breaks, reciprocity and the effect of events."""
    from detente import analysis
    from detente.analysis import wording

    with job.open() as warehouse:
        settings = reported.applied(warehouse, job.settings)
        if not job.build.is_whole("infer") and not analysis.reads_differ(
            warehouse, settings.inference.series
        ):
            wording.prune(warehouse)
            return "no series that the questions rest on changed; the answers stand"
        incremental.empty(warehouse, analysis.is_filled_here)
        n_rows = analysis.fill(warehouse, settings, job.progress)
        wording.prune(warehouse)
    return f"{n_rows} results and refusals"


def run_checks(job: Job) -> str:
    """Run every check, those that compare with the published database included.

    Raises
    ------
    CheckFailed
        With the failing rows of every check that failed, unless a reason says to publish all the
        same.
    """
    before = job.target if job.is_today else None
    with job.open() as warehouse:
        found = checking.run(warehouse, job.settings, job.build, before, job.progress)
    job.run.checks_passed = found.passed
    job.run.checks_failed = [one.check.name for one in found.failed]
    line = found.line(job.force_reason, job.target)
    if found.failed:
        job.run.forced_reason = job.force_reason
    return line


def publish_database(job: Job) -> str:
    """Write the account of the run into the database and swap it in."""
    with job.open() as warehouse:
        incremental.forget(warehouse)
        if job.is_today:
            job.changes = changes.since(warehouse, job.target)
        job.run.finish(runs.PUBLISHED)
        runs.write(warehouse, [*runs.history(job.settings.processed), job.run])
    job.close()
    publish.swap(job.building, job.target)
    return f"{job.target}"


STEPS: tuple[Step, ...] = (
    Step("load", "Load records and reference tables", load_inputs),
    Step("build", "Build events and indices", build_marts),
    Step("intervals", "Draw intervals", add_intervals),
    Step("balance", "Add up twelve months", add_balances),
    Step("consensus", "Compare sources", find_consensus),
    Step("level", "Estimate levels", estimate_levels),
    Step("infer", "Ask the questions", ask_questions),
    Step("check", "Check", run_checks),
    Step("publish", "Publish", publish_database),
)

# Comes first where there are machine-coded sources; decides whether anything changed.
UPDATE_EVENTS = Step("events", "Fetch and load events", update_events, timeout_seconds=24 * 3600.0)
