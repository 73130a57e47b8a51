"""A refresh under way: what was asked, what is to be built, and what its steps leave behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from detente.base.progress import Progress, Quiet
from detente.database.builder import Warehouse
from detente.refresh import build_plan, incremental, publish, step_inputs
from detente.refresh.changes import IndexChange
from detente.refresh.runs import Run
from detente.refresh.source_plan import SourcePlan
from detente.settings import Settings


@dataclass(frozen=True)
class Request:
    """Which machine-coded sources to bring up to date, and for which days.

    Attributes
    ----------
    sources
        Their names; empty for those that the settings switch on.
    offline
        Load the files on disk; contact no provider.
    anew
        Forget what the event store holds, so that every file on disk is loaded again.
    without_missing
        Do so even if files that were loaded are gone: their events go with them.
    """

    sources: tuple[str, ...] = ()
    offline: bool = False
    start: date | None = None
    end: date | None = None
    anew: bool = False
    without_missing: bool = False


# A database under construction stays open from step to step while its file is no larger. A larger
# one is closed, so that what DuckDB has read of it does not stand beside what the next step needs.
_LARGEST_KEPT_OPEN = 64 << 20


@dataclass
class Job:
    """A refresh under way.

    Attributes
    ----------
    target
        The database to publish.
    force_reason
        Why to publish even if checks fail; None keeps the published file then.
    build
        What is to be computed; known once the events are loaded.
    planned
        What was to be done about each source.
    problems
        Lists and files that could not be downloaded or read, while all else went on.
    changes
        What differs from the database published before, found when this one is published.
    """

    settings: Settings
    run: Run
    target: Path
    progress: Progress = field(default_factory=Quiet)
    request: Request = field(default_factory=Request)
    force_reason: str | None = None
    build: build_plan.BuildPlan = field(default_factory=build_plan.BuildPlan)
    planned: list[SourcePlan] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    changes: tuple[IndexChange, ...] = ()
    _opened: Warehouse | None = None

    @property
    def is_today(self) -> bool:
        """Whether the database stands as of today, not as of a past day."""
        return self.target == self.settings.database

    @property
    def building(self) -> Path:
        """The database under construction."""
        return publish.building_path(self.settings.processed, self.run.run_id)

    def adopt(self, plan: build_plan.BuildPlan) -> None:
        """Build as planned, and say so in the account of the run."""
        self.build = plan
        self.run.build, self.run.build_reason = plan.kind, plan.why_full
        self.run.step_reasons = dict(plan.reasons)

    @contextmanager
    def open(self) -> Iterator[Warehouse]:
        """Open the database under construction, with a connection of the step's own."""
        if self._opened is None:
            self._opened = Warehouse(self.building)
        with closing(self._opened.beside()) as warehouse:
            yield warehouse
        if self.building.stat().st_size > _LARGEST_KEPT_OPEN:
            self.close()

    def close(self) -> None:
        """Write everything out and close the file.

        Raises
        ------
        DetenteError
            Not everything could be written.
        """
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()

    def abandon(self) -> None:
        """Let go of the file, whatever it holds."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.abandon()

    @contextmanager
    def open_for(self, step: str) -> Iterator[Warehouse]:
        """Open it for a step; where the step starts from nothing, what it once filled is empty."""
        with self.open() as warehouse:
            if self.build.starts_anew(step):
                fills = step_inputs.NEEDS[step].fills
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
    def needs(self) -> step_inputs.Needs | None:
        """What it rests on; None for a step that computes nothing."""
        return step_inputs.NEEDS.get(self.name)


# Runs one step; the Prefect flow passes one that wraps the step in a task.
Runner = Callable[[Step, Job], str]


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
