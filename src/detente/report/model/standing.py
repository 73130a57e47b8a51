"""Where each pair stood in the last report, so that the next one can say what changed since.

A published database replaces the one before it; of that one, only the balances and months that were
reported are kept, in one small file beside the database.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from detente.base.files import write
from detente.report.model.pairs import Study

_FILE = "last_report.json"


@dataclass(frozen=True)
class Standing:
    """What a database says of every pair, as far as a later report compares with it.

    Attributes
    ----------
    inputs_sha256
        The database.
    published_on
        Day (UTC) of the run that published it.
    month
        First day of the last complete month; empty where there is none.
    balances
        Balance of that month, by pair ('JPN-KOR').
    months
        Points and number of events by pair and first day of the month; months without events are
        left out.
    """

    inputs_sha256: str
    published_on: str
    month: str
    balances: dict[str, float | None]
    months: dict[str, dict[str, tuple[float, int]]]


@dataclass(frozen=True)
class RevisedMonth:
    """A month of a pair that is not what the last report had."""

    dyad: str
    month: date
    net_before: float
    net: float
    n_events_before: int
    n_events: int

    @property
    def revision(self) -> float:
        """How far the net points moved."""
        return self.net - self.net_before


def now(study: Study, inputs_sha256: str, published_on: str) -> Standing:
    """Return where the pairs of a study stand."""
    last = study.last_month
    return Standing(
        inputs_sha256=inputs_sha256,
        published_on=published_on,
        month=last.isoformat() if last else "",
        balances={
            one.slug: one.verdict.last.balance if one.verdict else None for one in study.pairs
        },
        months={
            one.slug: {
                month.month.isoformat(): (round(month.net, 6), month.n_events)
                for month in one.months
                if month.n_events
            }
            for one in study.pairs
        },
    )


def before(processed: Path, current: Standing) -> Standing | None:
    """Return what the last report of another database had; None where there is none to read.

    Asked again after this database was reported, the answer is the same.
    """
    kept, earlier = _read(processed)
    if kept is None or kept.inputs_sha256 != current.inputs_sha256:
        return kept
    return earlier


def keep(processed: Path, current: Standing, earlier: Standing | None) -> None:
    """Write down what was reported, and what it was compared with."""
    content = {"current": asdict(current), "before": asdict(earlier) if earlier else None}
    text = json.dumps(content, indent=1, sort_keys=True)
    write(processed / _FILE, text.encode("utf-8"))


def revisions(current: Standing, earlier: Standing) -> list[RevisedMonth]:
    """Return the months up to the earlier report's last that have changed, largest change first.

    Months after it are news, not revisions.
    """
    found = []
    for dyad in sorted(current.months.keys() & earlier.months.keys()):
        here, there = current.months[dyad], earlier.months[dyad]
        for month in sorted(here.keys() | there.keys()):
            then, new = there.get(month, (0.0, 0)), here.get(month, (0.0, 0))
            if month <= earlier.month and tuple(then) != tuple(new):
                found.append(
                    RevisedMonth(dyad, date.fromisoformat(month), then[0], new[0], then[1], new[1])
                )
    return sorted(found, key=lambda one: (-abs(one.revision), one.dyad, one.month))


def _read(processed: Path) -> tuple[Standing | None, Standing | None]:
    """Return what was reported last and before; a file that cannot be read counts as none."""
    try:
        content = json.loads((processed / _FILE).read_text(encoding="utf-8"))
        current = Standing(**content["current"])
        earlier = Standing(**content["before"]) if content["before"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None, None
    return current, earlier
