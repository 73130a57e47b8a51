"""Run the checks of `sql/checks`: queries that return the failing rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from detente.base import assets
from detente.base.errors import DetenteError
from detente.database.builder import Warehouse
from detente.database.reader import Readable
from detente.database.sql_files import leading_comment

ROWS_SHOWN = 20
# The name under which a check sees the database published before.
PREVIOUS = "previous"


@dataclass(frozen=True)
class Check:
    """One file of `sql/checks`; its name is the sentence it asserts."""

    name: str
    meaning: str
    query: str

    @property
    def sentence(self) -> str:
        """The name as words."""
        return self.name.replace("_", " ")

    @property
    def compares(self) -> bool:
        """Whether it compares with the database published before."""
        return re.search(rf"\b{PREVIOUS}\.\w+\.", self.query) is not None


@dataclass(frozen=True)
class Outcome:
    """What a check found: no failing rows, or some (the first of them are kept)."""

    check: Check
    n_failing: int
    failing: pd.DataFrame

    @property
    def passed(self) -> bool:
        """Whether no row fails."""
        return self.n_failing == 0

    def explain(self) -> str:
        """Say what is asserted, what it would mean, and which rows fail."""
        shown = self.failing.to_string(index=False)
        more = self.n_failing - len(self.failing)
        return (
            f"Check failed: {self.check.sentence} ({self.n_failing} failing rows).\n"
            f"{self.check.meaning}\n{shown}" + (f"\n... and {more} more" if more else "")
        )


@cache
def all_checks() -> tuple[Check, ...]:
    """Return the checks in the order of their names."""
    return tuple(
        Check(path.stem, leading_comment(text), text)
        for path in sorted((assets.sql() / "checks").glob("*.sql"))
        for text in [path.read_text(encoding="utf-8")]
    )


def applicable(has_previous: bool) -> tuple[Check, ...]:
    """Return the checks that can be run, with or without a database to compare with."""
    return tuple(check for check in all_checks() if has_previous or not check.compares)


@contextmanager
def previous(warehouse: Warehouse, path: Path | None) -> Iterator[str | None]:
    """Let the checks see the database published before, if it can be read.

    Yields
    ------
    str or None
        Why there is nothing to compare with; None if there is.
    """
    with ExitStack() as stack:
        yield _attach(stack, warehouse, path)


def _attach(stack: ExitStack, warehouse: Warehouse, path: Path | None) -> str | None:
    if path is None or not path.is_file():
        return "there is no earlier database"
    try:
        stack.enter_context(warehouse.attached(path, PREVIOUS))
    except DetenteError as error:
        return str(error)
    return _what_is_missing(warehouse)


def _what_is_missing(warehouse: Warehouse) -> str | None:
    """Say what an older database lacks of what the checks read there."""
    for check in all_checks():
        if check.compares:
            try:
                warehouse.execute(f"explain {check.query}", where=check.name)
            except DetenteError as error:
                return str(error).splitlines()[0]
    return None


def run(
    warehouse: Readable,
    narrowed: Callable[[], AbstractContextManager[None]] | None = None,
    has_previous: bool = False,
    elsewhere: Mapping[str, Callable[[str, str], pd.DataFrame]] | None = None,
) -> Iterator[Outcome]:
    """Run every check that applies, yielding each outcome.

    Parameters
    ----------
    narrowed
        Within what it returns a check that reads `core.event` is run: after an incremental build
        only the rows that changed are to be seen there.
    has_previous
        Whether the database published before is attached under the name `previous`.
    elsewhere
        By the name of a check, what runs its query in the place of the database; is given the query
        and the name.
    """
    for check in applicable(has_previous):
        reads_events = re.search(r"\bcore\.event\b", check.query) is not None
        within = narrowed() if narrowed and reads_events else nullcontext()
        ask = (elsewhere or {}).get(check.name)
        with within:
            frame = ask(check.query, check.name) if ask else warehouse.frame(check.query)
        yield Outcome(check, len(frame), frame.head(ROWS_SHOWN))
