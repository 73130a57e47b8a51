"""Run the checks of `sql/checks`: queries that return the failing rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import pandas as pd

from detente import _assets
from detente.warehouse import Warehouse, leading_comment

ROWS_SHOWN = 20


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
        for path in sorted((_assets.sql() / "checks").glob("*.sql"))
        for text in [path.read_text(encoding="utf-8")]
    )


def run(warehouse: Warehouse, instead: Mapping[str, str] | None = None) -> Iterator[Outcome]:
    """Run every check, yielding each outcome.

    Parameters
    ----------
    instead
        Tables that stand in for others in checks that read events, `core.event` among them: after
        an incremental build the events of the days that changed.
    """
    for check in all_checks():
        query = check.query
        if instead and re.search(r"\bcore\.event\b", query):
            for table, other in instead.items():
                query = re.sub(rf"\b{re.escape(table)}\b", other, query)
        frame = warehouse.frame(query)
        yield Outcome(check, len(frame), frame.head(ROWS_SHOWN))
