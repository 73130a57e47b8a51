"""What a refresh does, step by step. The command line and the Prefect flows both run these steps.

Each step opens the database that is under construction, does its part and closes it, so that a
step can run in a thread or task of its own and leaves nothing open.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

from detente import analysis
from detente.analysis import levels, wording
from detente.base.errors import (
    CheckFailed,
    DetenteError,
    StoreError,
    UsageError,
)
from detente.base.progress import Progress, Quiet
from detente.base.redaction import redacted
from detente.database import checks, comparison
from detente.database.builder import LAYOUT_VERSION, Warehouse
from detente.database.published import Published
from detente.database.sql_files import SqlFile, sql_files
from detente.engines import engine
from detente.indices import balance, consensus, reading, reported
from detente.refresh import changes, incremental, ingest, inputs, load, publish, runs
from detente.refresh.changes import IndexChange
from detente.refresh.ingest import SourcePlan
from detente.refresh.runs import Run
from detente.settings import RECORDS, Settings
from detente.store import manifest, slicing
from detente.store.events import Store, name_of

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Request:
    """Which machine-coded sources to bring up to date, and for which days.

    Attributes
    ----------
    sources
        Their names; empty for those that the settings switch on.
    offline
        Load what lies on disk, ask nobody.
    anew
        Forget what the event store holds, so that every file on disk is loaded again.
    """

    sources: tuple[str, ...] = ()
    offline: bool = False
    start: date | None = None
    end: date | None = None
    anew: bool = False


@dataclass
class Job:
    """A refresh under way."""

    settings: Settings
    run: Run
    target: Path
    progress: Progress = field(default_factory=Quiet)
    request: Request = field(default_factory=lambda: Request())
    # Why to publish even if checks fail; None keeps the published file then.
    force_reason: str | None = None
    # What was to be done about each source.
    planned: list[SourcePlan] = field(default_factory=list)
    # What differs from the database published before, found when this one is published.
    changes: tuple[IndexChange, ...] = ()
    # Lists and files that could not be downloaded or read, while all else went on.
    problems: list[str] = field(default_factory=list)
    base: incremental.Base | None = None
    # What each step rests on, as it is now.
    given: Mapping[str, inputs.Inputs] = field(default_factory=dict)
    # Of the steps that start from nothing in spite of a base: why.
    anew: dict[str, str] = field(default_factory=dict)

    @property
    def is_today(self) -> bool:
        """Whether the database stands as of today, not as of a past day."""
        return self.target == self.settings.database

    @property
    def building(self) -> Path:
        """The database under construction."""
        return publish.building_path(self.settings.processed, self.run.run_id)

    def open(self) -> Warehouse:
        """Open the database under construction."""
        return Warehouse(self.building)

    @contextmanager
    def open_for(self, step: str) -> Iterator[Warehouse]:
        """Open it for a step; where the step starts from nothing, what it once filled is empty."""
        with self.open() as warehouse:
            if self.base and step in self.anew:
                fills = inputs.NEEDS[step].fills
                incremental.empty(warehouse, lambda file: file.table in fills)
                warehouse.is_anew = True
            yield warehouse


@dataclass(frozen=True)
class Step:
    """A part of a refresh. `work` returns one line that says what it did."""

    name: str
    title: str
    work: Callable[[Job], str]
    timeout_seconds: float = 3600.0

    @property
    def needs(self) -> inputs.Needs | None:
        """What it rests on; None for a step that computes nothing."""
        return inputs.NEEDS.get(self.name)


@dataclass(frozen=True)
class Result:
    """How a refresh ended."""

    database: Path
    run: Run
    is_new: bool
    lines: tuple[str, ...]
    changes: tuple[IndexChange, ...] = ()
    planned: tuple[SourcePlan, ...] = ()
    problems: tuple[str, ...] = ()


def update_events(job: Job) -> str:
    """Fetch what the providers have and load it into the event store."""
    asked = job.request
    if asked.anew:
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
        f"nothing of {told} is loaded" for told in ingest.unloaded(job.settings, summaries)
    ]
    Store(job.settings).clean(published_parts(job.settings))
    return "; ".join(map(str, summaries))


def published_parts(settings: Settings) -> set[str]:
    """Return the parts of the event store that a published database reads."""
    found: set[str] = set()
    for database in settings.processed.glob("detente*.duckdb"):
        try:
            with Published(database) as published:
                rows = published.rows("select path from meta.event_part")
        except DetenteError:
            continue
        found |= {name_of(path) for (path,) in rows}
    return found


def load_inputs(job: Job) -> str:
    """Load the study, the reference tables and the records."""
    if job.base:
        job.base.copy(job.building)
    with job.open() as warehouse:
        if job.base:
            incremental.remember(warehouse)
        warehouse.create_inputs(keep=incremental.is_carried if job.base else lambda _: False)
        load.study(warehouse, job.settings, job.run.as_of)
        load.check_limits(warehouse, job.settings, is_today=job.is_today)
        load.reference_tables(warehouse, job.settings)
        files = load.read_records(job.settings, load.vocabulary(warehouse))
        load.write_records(warehouse, job.settings, files)
        load.bulk_files(warehouse, job.settings)
        load.keep_dyads_with_events(warehouse, job.settings)
        # A pair that is new to the study needs its whole past.
        has_other_dyads = job.base is not None and comparison.differs(
            warehouse,
            "select actor1_iso3, actor2_iso3 from before.study_dyad",
            "select actor1_iso3, actor2_iso3 from meta.study_dyad",
        )
        warehouse.insert(
            "meta.input",
            ["kind", "name", "sha256"],
            sorted((*key, value) for key, value in inputs.together(job.given).items()),
        )
    if has_other_dyads:
        job.base, job.run.build = None, incremental.FULL
        job.run.build_reason = "the study has other pairs than before"
        job.building.unlink()
        return load_inputs(job)
    n_records = sum(len(file.parsed.records) for file in files)
    n_rejected = sum(len(file.parsed.rejections) for file in files)
    why = f" ({job.run.build_reason})" if job.run.build_reason else ""
    line = f"{job.run.build} build{why}, {n_records} records of {len(files)} files"
    if n_rejected:
        line += f", {n_rejected} rows rejected (`detente doctor` lists them)"
    return line


def build_marts(job: Job) -> str:
    """Derive every table that SQL derives."""
    total = sum(not file.is_input for file in sql_files())
    with job.open() as warehouse:
        load.relate(warehouse, job.settings)
        with _ways(job, warehouse) as update:
            for _ in job.progress.track(warehouse.derived(update), "Building tables", total):
                pass
        reported.resolve(warehouse, job.settings)
        warehouse.comment()
        # Counted already; core.event would read the whole store once more.
        n_events = warehouse.rows(
            "select coalesce(sum(n_events), 0) from marts.volume_reason_day where reason is null"
        )[0][0]
        if not job.base:
            return f"{n_events} events in {total} tables and views"
        job.run.n_changed_cells = n = incremental.count_changes(warehouse)
    return f"{n_events} events in {total} tables and views; {n} dyad-days recomputed"


@contextmanager
def _ways(job: Job, warehouse: Warehouse) -> Iterator[Callable[[SqlFile], bool]]:
    """Give what brings tables up to date otherwise than by their statement in DuckDB.

    A night reads some days alone, which waits for no engine. A build from nothing reads all.
    """
    if job.base:
        yield incremental.Update(warehouse, job.settings)
        return
    if not job.settings.engine.is_remote:
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
    """Draw the 95 % intervals of the indices."""
    with job.open_for("intervals") as warehouse:
        load.relate(warehouse, job.settings)
        total = warehouse.rows("select count(*) from meta.study_dyad")[0][0]
        found = job.progress.track(reading.fill_intervals(warehouse), "Drawing intervals", total)
        n_periods = sum(found)
    return f"{n_periods} periods with an interval"


def add_balances(job: Job) -> str:
    """Add up the last twelve months of every month, with their intervals."""
    with job.open_for("balance") as warehouse:
        load.relate(warehouse, job.settings)
        found = job.progress.track(balance.fill(warehouse), "Adding up twelve months", None)
        n_months = sum(found)
    return f"{n_months} months with a balance"


def find_consensus(job: Job) -> str:
    """Estimate the relation behind several sources, dyad by dyad."""
    with job.open_for("consensus") as warehouse:
        n_found = consensus.fill(warehouse)
    return f"{n_found} series with a consensus of sources"


def estimate_levels(job: Job) -> str:
    """Estimate the level of relations of every dyad, month by month."""
    with job.open_for("level") as warehouse:
        n_found = levels.fill(warehouse, job.settings, job.progress)
    return f"{n_found} series with a level estimated"


def ask_questions(job: Job) -> str:
    """Test the series for breaks, reciprocity and the effect of events."""
    with job.open() as warehouse:
        settings = reported.applied(warehouse, job.settings)
        is_due = job.base is None or "infer" in job.anew
        if not is_due and not analysis.reads_differ(warehouse, settings):
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
    failures = []
    before = job.target if job.is_today else None
    with job.open() as warehouse, checks.previous(warehouse, before) as missing:
        has_previous = missing is None
        total = len(checks.applicable(has_previous))
        load.relate(warehouse, job.settings)
        is_narrow = job.base is not None and "check" not in job.anew
        instead = incremental.narrow_checks(warehouse) if is_narrow else {}
        store = Store(job.settings)
        if (
            job.base
            and incremental.damaged_parts(warehouse, store)
            and (error := _damage(job.settings))
        ):
            raise error
        if job.base and has_previous:
            _compare_accounts(job, store, incremental.files_that_differ(warehouse))
        with engine.opened(job.settings, warehouse, reads_all=not is_narrow) as chosen:
            heavy = dict.fromkeys(engine.CHECKS, chosen.frame)
            found = checks.run(warehouse, instead, has_previous, heavy)
            for outcome in job.progress.track(found, "Checking", total):
                if outcome.passed:
                    job.run.checks_passed.append(outcome.check.name)
                else:
                    job.run.checks_failed.append(outcome.check.name)
                    failures.append(outcome.explain())
    n_left_out = len(checks.all_checks()) - total
    left_out = f"; {n_left_out} that compare with it were left out: {missing}" if n_left_out else ""
    if not failures:
        return f"{total} checks passed{left_out}"
    told = "\n\n".join(failures)
    if job.force_reason is None:
        raise CheckFailed(
            f"{told}\n\nNothing was published; {job.target} is as it was. Correct the rows listed "
            "above and run `detente refresh` again. If they are right as they are, "
            '`detente refresh --force-publish "REASON"` publishes all the same and keeps the '
            "reason."
        )
    job.run.forced_reason = job.force_reason
    return (
        f"{len(failures)} of {total} checks failed{left_out}; published all the same: "
        f"{job.force_reason}\n{told}"
    )


def _compare_accounts(job: Job, store: Store, names: Sequence[str]) -> None:
    """Hold the accounts of files against what the store has of each.

    Raises
    ------
    StoreError
        One says something else.
    """
    if names and (wrong := store.disagreeing(names)):
        raise _disagreement(job.settings, wrong)


def publish_database(job: Job) -> str:
    """Write the account of the run into the database and swap it in."""
    with job.open() as warehouse:
        incremental.forget(warehouse)
        if job.is_today:
            job.changes = changes.since(warehouse, job.target)
        job.run.finish(runs.PUBLISHED)
        runs.write(warehouse, [*runs.history(job.settings), job.run])
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

# Runs one step; the Prefect flow passes one that wraps the step in a task.
Runner = Callable[[Step, Job], str]


def run_step(step: Step, job: Job) -> str:
    """Run one step and time it."""
    started = time.perf_counter()
    told, level = "failed", logging.ERROR
    try:
        told, level = step.work(job), logging.INFO
        return told
    finally:
        seconds = job.run.step_seconds[step.name] = round(time.perf_counter() - started, 3)
        about = {"run_id": job.run.run_id, "step": step.name, "seconds": seconds}
        _log.log(level, "%s: %s", step.title, told, extra=about)


def is_current(target: Path, inputs_sha256: str, as_of: date) -> bool:
    """Say whether the published database was built from exactly these inputs and shows all of them.

    A source that is known to be complete to a day yet to come shows more with every day.
    """
    if not has_this_layout(target) or published_digest(target) != inputs_sha256:
        return False
    with Published(target) as published:
        return not published.rows(
            "select 1 from meta.raw_file as raw_file cross join meta.study as study "
            "where study.as_of < ? and raw_file.covers_to > study.as_of limit 1",
            [as_of],
        )


def has_this_layout(target: Path) -> bool:
    """Say whether there is a published database whose tables are of this version."""
    try:
        with Published(target) as published:
            return published.layout_version() == LAYOUT_VERSION
    except DetenteError:
        return False


def published_digest(target: Path) -> str | None:
    """Return the hash of the inputs of a published database; None if it cannot be read."""
    try:
        with Published(target) as published:
            rows = published.rows("select inputs_sha256 from meta.current_run")
    except DetenteError:
        return None
    return str(rows[0][0]) if rows else None


def accounting(database: Path, *, feeds_together: bool = False) -> list[dict[str, object]]:
    """Return where each row of each raw file went, one dict a file.

    Parameters
    ----------
    feeds_together
        The files of a feed, which may be tens of thousands, as one dict for each status.
    """
    name = f"if(source = '{RECORDS}', raw_file_id, source)" if feeds_together else "raw_file_id"
    with Published(database) as published:
        return published.dicts(
            f"""
            select
                {name} as raw_file_id,
                count(*) as n_files,
                sum(n_rows)::bigint as n_rows,
                sum(n_loaded)::bigint as n_loaded,
                sum(n_out_of_scope)::bigint as n_out_of_scope,
                sum(n_unknown)::bigint as n_unknown,
                sum(n_duplicate)::bigint as n_duplicate,
                sum(n_rejected)::bigint as n_rejected,
                status,
            from meta.raw_file
            group by all
            order by all
            """  # noqa: S608  # one of the two names above
        )


def refresh(
    settings: Settings,
    *,
    as_of: date | None = None,
    force: bool = False,
    force_publish: str | None = None,
    full: bool = False,
    request: Request | None = None,
    wait_seconds: float = 0.0,
    progress: Progress | None = None,
    runner: Runner = run_step,
    announce: Callable[[str], None] = lambda line: None,
) -> Result:
    """Bring the published database up to date; if nothing changed, leave it alone.

    Parameters
    ----------
    as_of
        Build what was known on that day, into a file of its own.
    force
        Build even if no input changed.
    force_publish
        Publish even if checks fail; says why, and is kept in `meta.run`.
    full
        Rebuild everything, even if no input changed and whatever the database before holds.
    request
        Which machine-coded sources to bring up to date; default: those that are switched on. A
        build as of a past day takes the store as it is.
    wait_seconds
        How long to wait for another run to end.
    runner
        Runs each step.
    announce
        Is told one line a step.

    Raises
    ------
    CheckFailed
        A check found failing rows; the published file is as it was.
    Busy
        Another run is building.
    UsageError
        The reason to publish all the same is empty.
    """
    if force_publish is not None and not force_publish.strip():
        raise UsageError("Expected a reason to publish in spite of failed checks, got none.")
    with publish.only_writer(settings.processed, wait_seconds):
        target = settings.database_as_of(as_of)
        day = as_of or runs.now().date()
        run = runs.begin(settings, day, "")
        job = Job(settings, run, target, progress or Quiet(), request or Request(), force_publish)
        lines = []
        with _account(job, keep=False):
            Store(settings).place.take_over()
        if as_of is None and ingest.chosen(settings, job.request.sources):
            with _account(job, keep=False):
                lines.append(f"{UPDATE_EVENTS.title}: {runner(UPDATE_EVENTS, job)}")
                announce(lines[-1])
        job.given = inputs.given_to_steps(settings)
        digest = run.inputs_sha256 = inputs.digest(inputs.together(job.given))
        if not (force or full) and is_current(target, digest, day):
            line = "Nothing changed since the last refresh."
            announce(line)
            return Result(
                target,
                run,
                is_new=False,
                lines=(*lines, line),
                planned=tuple(job.planned),
                problems=tuple(job.problems),
            )
        why_full = "asked for" if full else "as of a past day" if as_of else None
        if target.is_file() and not has_this_layout(target):
            why_full = "the tables of the database before are of another version"
        _choose_base(job, why_full)
        with _account(job):
            if job.base is None and (error := _damage(settings)):
                raise error
            for step in STEPS:
                line = f"{step.title}: {runner(step, job)}"
                announce(line)
                lines.append(line)
        return Result(
            target, run, True, tuple(lines), job.changes, tuple(job.planned), tuple(job.problems)
        )


def rebuild(
    settings: Settings,
    *,
    force_publish: str | None = None,
    wait_seconds: float = 0.0,
    progress: Progress | None = None,
    runner: Runner = run_step,
    announce: Callable[[str], None] = lambda line: None,
) -> Result:
    """Load every raw file again and rebuild everything; no provider is asked.

    Readers keep the published database, and the parts of the event store that it reads, until the
    new one has passed its checks. A rebuild that was killed is begun again.

    Parameters and errors are those of `refresh`.
    """
    names = ingest.with_files(settings)
    return refresh(
        settings,
        full=True,
        force_publish=force_publish,
        request=Request(names, offline=True, anew=bool(names)),
        wait_seconds=wait_seconds,
        progress=progress,
        runner=runner,
        announce=announce,
    )


def _choose_base(job: Job, why_full: str | None) -> None:
    """Decide whether to start from the published database, and what of it to recompute."""
    run = job.run
    found = why_full or incremental.base_or_reason(job.settings, job.target, run.as_of)
    due: dict[str, list[inputs.Key]] = {}
    before: inputs.Inputs = {}
    if not isinstance(found, str):
        before = incremental.published_inputs(job.target)
        due = {
            name: inputs.differing(before, now, inputs.NEEDS[name])
            for name, now in job.given.items()
        }
        found = _why_full(due, before, job.given) or found
    if isinstance(found, str):
        run.build, run.build_reason = incremental.FULL, found
        run.step_reasons = {step.name: found for step in STEPS}
        return
    run.build, job.base = incremental.INCREMENTAL, found
    for step in STEPS:
        changed = due.get(step.name, [])
        told = inputs.all_in_words(changed, before, job.given.get(step.name, {}))
        earlier = [one for one in (step.needs.steps if step.needs else ()) if one in job.anew]
        if step.name not in _FROM_ROWS and (changed or earlier):
            job.anew[step.name] = told if changed else f"after {', '.join(earlier)}"
        run.step_reasons[step.name] = (
            job.anew.get(step.name) or told or "nothing of its own differs"
        )


# They take in differing records and events by themselves; anything else makes them rebuild all.
_FROM_ROWS = ("load", "build")


def _why_full(
    due: Mapping[str, Sequence[inputs.Key]],
    before: inputs.Inputs,
    given: Mapping[str, inputs.Inputs],
) -> str | None:
    for step in _FROM_ROWS:
        blocking = [
            key
            for key in due[step]
            if key[0] not in inputs.ROWS and not incremental.is_built_whole(key)
        ]
        if blocking:
            return inputs.all_in_words(blocking, before, given[step])
    return None


@contextmanager
def _account(job: Job, keep: bool = True) -> Iterator[None]:
    """Leave an account of the run however it ends, and nothing half-built.

    `keep` is false for a part of a run that is no run by itself: only its failure is kept.
    """
    failed = False
    try:
        yield
    except BaseException as error:
        failed = True
        reason = _of_the_store(job.settings, error)
        job.run.finish(runs.FAILED, redacted(f"{type(reason).__name__}: {reason}").splitlines()[0])
        if reason is not error:
            raise reason from error
        raise
    finally:
        if keep or failed:
            # Where the disk is full, what failed first is the news, not that it cannot be noted.
            with suppress(OSError) if failed else nullcontext():
                runs.save(job.run, job.settings)
        for path in publish.left_over(job.settings.processed):
            path.unlink(missing_ok=True)


def _of_the_store(settings: Settings, error: BaseException) -> BaseException:
    """Return what failed; where a file of the event store is damaged, which one and the way out."""
    if type(error) is not DetenteError:  # those of a kind of their own say what to do
        return error
    return _damage(settings) or error


def _damage(settings: Settings) -> StoreError | None:
    """Read the whole event store; say which file is damaged and the way out."""
    store = Store(settings)
    damaged = store.damaged()
    if not damaged:
        wrong = store.disagreeing()
        return _disagreement(settings, wrong) if wrong else None
    return StoreError(
        f"{damaged[0]}: expected a file of the event store as it was written, got "
        f"{'another content' if store.is_there(damaged[0]) else 'none'}"
        f"{f' ({len(damaged)} are damaged)' if len(damaged) > 1 else ''}. `detente rebuild` "
        f"loads it again from {settings.downloads}."
    )


def _disagreement(settings: Settings, wrong: Sequence[str]) -> StoreError:
    return StoreError(
        f"{len(wrong)} files have other events in the store than their accounts say, for "
        f"instance {wrong[0]}. `detente rebuild` loads them again from {settings.downloads}."
    )
