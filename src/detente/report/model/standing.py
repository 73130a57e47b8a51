"""Where each dyad stood in the last report, so that the next one can say what changed since.

A published database replaces the one before it; of that one, only the scores and months that were
reported are kept, in one small file beside the database.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from detente.database.published import Published
from detente.report.model import SOURCE
from detente.report.pages.page import write
from detente.settings import Settings

_FILE = "last_report.json"


@dataclass(frozen=True)
class Standing:
    """What a database says of every dyad, as far as a later report compares with it.

    Attributes
    ----------
    inputs_sha256
        The database.
    published_on
        Day (UTC) of the run that published it.
    score_month
        First day of the last month that every file of records covers.
    scores
        Relation score at the end of that month, by dyad ('JPN-KOR'); null before any act.
    months
        Net score and number of acts by dyad and first day of the month; months without acts are
        left out.
    """

    inputs_sha256: str
    published_on: str
    score_month: str
    scores: dict[str, float | None]
    months: dict[str, dict[str, tuple[float, int]]]


@dataclass(frozen=True)
class RevisedMonth:
    """A month of a dyad that is not what the last report had."""

    dyad: str
    month: date
    net_before: float
    net: float
    n_events_before: int
    n_events: int

    @property
    def revision(self) -> float:
        """How far the net score moved, in points of the scale."""
        return self.net - self.net_before


def now(database: Published) -> Standing:
    """Return where the dyads of a published database stand."""
    digest, finished = database.rows("select inputs_sha256, finished_at from meta.current_run")[0]
    rows = database.rows(
        """
        select
            dyad.actor1_iso3 || '-' || dyad.actor2_iso3 as dyad,
            month.period_start,
            month.net,
            month.n_events,
            month.score,
            month.is_complete,
        from meta.study_dyad as dyad
        inner join marts.dyad_month as month
            on
                month.actor1_iso3 = dyad.actor1_iso3
                and month.actor2_iso3 = dyad.actor2_iso3
                and month.direction = 'undirected'
                and month.counting = 'all'
                and month.source = ?
        order by dyad.position, month.period_start
        """,
        [SOURCE],
    )
    scores: dict[str, float | None] = {}
    months: dict[str, dict[str, tuple[float, int]]] = {}
    score_month = ""
    for dyad, start, net, n_events, score, is_complete in rows:
        months.setdefault(dyad, {})
        if is_complete:
            scores[dyad], score_month = score, max(score_month, start.isoformat())
        if n_events:
            months[dyad][start.isoformat()] = (round(net, 6), n_events)
    return Standing(
        inputs_sha256=digest,
        published_on=finished.date().isoformat() if finished else "",
        score_month=score_month,
        scores=scores,
        months=months,
    )


def before(settings: Settings, current: Standing) -> Standing | None:
    """Return what the last report of another database had; None where there is none to read.

    Asked again after this database was reported, the answer is the same.
    """
    kept, earlier = _read(settings)
    if kept is None or kept.inputs_sha256 != current.inputs_sha256:
        return kept
    return earlier


def keep(settings: Settings, current: Standing, earlier: Standing | None) -> None:
    """Write down what was reported, and what it was compared with."""
    content = {"current": asdict(current), "before": asdict(earlier) if earlier else None}
    text = json.dumps(content, indent=1, sort_keys=True)
    write(_path(settings), text.encode("utf-8"))


def revisions(current: Standing, earlier: Standing) -> list[RevisedMonth]:
    """Return the months up to the earlier report's last that have changed, largest change first.

    Months after it are news, not revisions.
    """
    found = [
        RevisedMonth(dyad, date.fromisoformat(month), *_pair(then, now))
        for dyad in current.months.keys() & earlier.months.keys()
        for month in current.months[dyad].keys() | earlier.months[dyad].keys()
        if month <= earlier.score_month
        for then, now in [
            (
                earlier.months[dyad].get(month, (0.0, 0)),
                current.months[dyad].get(month, (0.0, 0)),
            )
        ]
        if tuple(then) != tuple(now)
    ]
    return sorted(found, key=lambda one: (-abs(one.revision), one.dyad, one.month))


def _pair(then: tuple[float, int], now: tuple[float, int]) -> tuple[float, float, int, int]:
    return then[0], now[0], then[1], now[1]


def _path(settings: Settings) -> Path:
    return settings.processed / _FILE


def _read(settings: Settings) -> tuple[Standing | None, Standing | None]:
    """Return what was reported last and before; a file that cannot be read counts as none."""
    try:
        content = json.loads(_path(settings).read_text(encoding="utf-8"))
        current = Standing(**content["current"])
        earlier = Standing(**content["before"]) if content["before"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None, None
    return current, earlier
