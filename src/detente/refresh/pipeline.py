"""Bring the published database up to date: plan, run the steps, publish.

The command line and the Prefect flows both call `refresh`; a flow passes a runner that makes a task
of each step.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from datetime import date

from detente.base.errors import StoreError, UsageError
from detente.base.progress import Progress, Quiet
from detente.base.redaction import redacted
from detente.refresh import (
    build_plan,
    incremental,
    ingest,
    publish,
    published_state,
    runs,
    source_plan,
    step_inputs,
    store_damage,
)
from detente.refresh.job import Job, Request, Result, Runner, Step
from detente.refresh.steps import STEPS, UPDATE_EVENTS
from detente.settings import Settings
from detente.store.events import Store

_log = logging.getLogger(__name__)


def run_step(step: Step, job: Job) -> str:
    """Run one step; keep its seconds for `meta.run` and log its outcome, also where it fails."""
    started = time.perf_counter()
    outcome, level = "failed", logging.ERROR
    try:
        outcome, level = step.work(job), logging.INFO
        return outcome
    finally:
        seconds = job.run.step_seconds[step.name] = round(time.perf_counter() - started, 3)
        about = {"run_id": job.run.run_id, "step": step.name, "seconds": seconds}
        _log.log(level, "%s: %s", step.title, outcome, extra=about)


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
        The reason to publish anyway is empty.
    """
    if force_publish is not None and not force_publish.strip():
        raise UsageError("Expected a reason to publish despite failed checks, got none.")
    with publish.only_writer(settings.processed, wait_seconds):
        target = settings.database_as_of(as_of)
        day = as_of or runs.now().date()
        run = runs.begin(settings.home, day, "")
        job = Job(settings, run, target, progress or Quiet(), request or Request(), force_publish)
        lines: list[str] = []

        def tell(line: str) -> None:
            lines.append(line)
            announce(line)

        with _account(job, keep=False):
            Store(settings).place.take_over()
        if as_of is None and ingest.chosen(settings, job.request.sources):
            with _account(job, keep=False):
                tell(f"{UPDATE_EVENTS.title}: {runner(UPDATE_EVENTS, job)}")
        given = step_inputs.given_to_steps(settings)
        run.inputs_sha256 = step_inputs.digest(step_inputs.together(given))
        with published_state.held_open(target):
            is_new = force or full or not published_state.is_current(target, run.inputs_sha256, day)
            if is_new:
                why_full = "asked for" if full else "as of a past day" if as_of else None
                job.adopt(_build_plan(job, given, why_full))
        if is_new:
            with _account(job):
                if job.build.base is None and (error := _damage(settings)):
                    raise error
                for step in STEPS:
                    tell(f"{step.title}: {runner(step, job)}")
        else:
            tell("Nothing changed since the last refresh.")
        return Result(
            target, run, is_new, tuple(lines), job.changes, tuple(job.planned), tuple(job.problems)
        )


def rebuild(
    settings: Settings,
    *,
    without_missing: bool = False,
    force_publish: str | None = None,
    wait_seconds: float = 0.0,
    progress: Progress | None = None,
    runner: Runner = run_step,
    announce: Callable[[str], None] = lambda line: None,
) -> Result:
    """Load every raw file again and rebuild everything; no provider is asked.

    Readers keep the published database, and the parts of the event store that it reads, until the
    new one has passed its checks. A rebuild that was killed is begun again.

    Parameters
    ----------
    without_missing
        Take out the events of files that are no longer on disk, in place of refusing to begin.

    The other parameters, and the errors, are those of `refresh`.
    """
    names = source_plan.with_files(settings)
    return refresh(
        settings,
        full=True,
        force_publish=force_publish,
        request=Request(names, offline=True, anew=bool(names), without_missing=without_missing),
        wait_seconds=wait_seconds,
        progress=progress,
        runner=runner,
        announce=announce,
    )


def _build_plan(
    job: Job, given: Mapping[str, step_inputs.Inputs], why_full: str | None
) -> build_plan.BuildPlan:
    """Decide whether to start from the published database, and what of it to recompute."""
    steps = tuple(step.name for step in STEPS)
    if job.target.is_file() and not published_state.has_this_layout(job.target):
        why_full = "the tables of the database before are of another version"
    found = why_full or incremental.base_or_reason(job.settings, job.target, job.run.as_of)
    if isinstance(found, str):
        return build_plan.full(given, steps, found)
    return build_plan.choose(found, incremental.published_inputs(job.target), given, steps)


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
        reason = store_damage.behind(error, Store(job.settings), job.settings.downloads)
        job.run.finish(runs.FAILED, redacted(f"{type(reason).__name__}: {reason}").splitlines()[0])
        if reason is not error:
            raise reason from error
        raise
    finally:
        if keep or failed:
            # Where the disk is full, what failed first is the news, not that it cannot be noted.
            with suppress(OSError) if failed else nullcontext():
                runs.save(job.run, job.settings.processed)
        job.abandon()
        for path in publish.left_over(job.settings.processed):
            path.unlink(missing_ok=True)


def _damage(settings: Settings) -> StoreError | None:
    return store_damage.of_store(Store(settings), settings.downloads)
