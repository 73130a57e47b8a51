"""Run every check on a database under construction and decide whether it may be published."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from detente.base.errors import CheckFailed
from detente.base.progress import Progress
from detente.database import checks
from detente.database.builder import Warehouse
from detente.database.checks import Outcome
from detente.engines import engine
from detente.refresh import incremental, store_damage
from detente.refresh.build_plan import BuildPlan
from detente.settings import Settings
from detente.store.events import Store


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the checks found.

    Attributes
    ----------
    outcomes
        Of every check that was run.
    left_out
        How many compare with the database before and were left out, and why; empty where none was.
    """

    outcomes: tuple[Outcome, ...]
    left_out: str = ""

    @property
    def passed(self) -> list[str]:
        """The names of the checks that passed."""
        return [one.check.name for one in self.outcomes if one.passed]

    @property
    def failed(self) -> list[Outcome]:
        """The outcomes that have failing rows, in the order of the checks."""
        return [one for one in self.outcomes if not one.passed]

    @property
    def failing_rows(self) -> str:
        """The report on the checks that failed: for each its meaning and its first failing rows."""
        return "\n\n".join(one.explain() for one in self.failed)

    def line(self, force_reason: str | None, target: Path) -> str:
        """Return one line that says whether the database may be published.

        Parameters
        ----------
        force_reason
            Why to publish anyway; None where a failed check is to stop the run.
        target
            The published database.

        Raises
        ------
        CheckFailed
            A check failed and no reason says to publish anyway.
        """
        total = len(self.outcomes)
        if not self.failed:
            return f"{total} checks passed{self.left_out}"
        if force_reason is None:
            raise CheckFailed(
                f"{self.failing_rows}\n\nNothing was published; {target} is as it was. Correct the "
                "rows listed above and run `detente refresh` again. If they are right as they are, "
                '`detente refresh --force-publish "REASON"` publishes anyway and records the '
                "reason."
            )
        return (
            f"{len(self.failed)} of {total} checks failed{self.left_out}; published anyway: "
            f"{force_reason}\n{self.failing_rows}"
        )


def run(
    warehouse: Warehouse,
    settings: Settings,
    build: BuildPlan,
    before: Path | None,
    progress: Progress,
) -> Verdict:
    """Run every check, those that compare with the published database included.

    Parameters
    ----------
    warehouse
        The database under construction.
    build
        What was computed, which says what there is to check.
    before
        The published database to compare with; None where there is none to compare with.

    Raises
    ------
    StoreError
        A part of the event store is damaged, or a file's account says something else than the
        store.
    """
    with checks.previous(warehouse, before) as missing:
        has_previous = missing is None
        if build.base:
            _compare_with_store(warehouse, settings, has_previous=has_previous)
        applicable = checks.applicable(has_previous)
        found = _outcomes(warehouse, settings, build.is_whole("check"), has_previous)
        outcomes = tuple(progress.track(found, "Checking", len(applicable)))
    n_left_out = len(checks.all_checks()) - len(applicable)
    left_out = f"; {n_left_out} that compare with it were left out: {missing}" if n_left_out else ""
    return Verdict(outcomes=outcomes, left_out=left_out)


def _outcomes(
    warehouse: Warehouse, settings: Settings, reads_all: bool, has_previous: bool
) -> Iterator[Outcome]:
    narrowed = None
    if not reads_all:
        incremental.find_rows_to_check(warehouse)
        narrowed = partial(incremental.rows_to_check, warehouse)
    with engine.opened(settings, warehouse, reads_all=reads_all) as chosen:
        heavy = dict.fromkeys(engine.CHECKS, chosen.frame)
        yield from checks.run(warehouse, narrowed, has_previous, heavy)


def _compare_with_store(warehouse: Warehouse, settings: Settings, *, has_previous: bool) -> None:
    """Compare what the build has read of the event store with what was written.

    A build from nothing has compared the whole store before it began.
    """
    store, downloads = Store(settings), settings.downloads
    error = None
    if incremental.damaged_parts(warehouse, store):
        error = store_damage.of_store(store, downloads)
    if error is None and has_previous:
        error = store_damage.of_accounts(store, downloads, incremental.files_that_differ(warehouse))
    if error:
        raise error
