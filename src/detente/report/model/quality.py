"""How good the data are: who published what, how far coders agree, unknown actors, gaps."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from detente.database.published import Published
from detente.records import agreement
from detente.records.agreement import Alpha, Coding
from detente.records.record import Vocabulary
from detente.refresh import record_review

_NAMES_SHOWN, _GAPS_SHOWN = 15, 12


@dataclass(frozen=True)
class UnknownActor:
    """A name of an actor that no reference table knows."""

    source: str
    name: str
    n_rows: int
    first_day: date
    last_day: date


@dataclass(frozen=True)
class Gap:
    """Days inside a source's coverage of which nothing is known, of all states or of one."""

    source: str
    iso3: str | None
    first_day: date
    last_day: date
    reason: str


@dataclass(frozen=True)
class Quality:
    """What the page of methods says of the data.

    Attributes
    ----------
    kinds
        Who published what the records cite, with the number of records of each kind.
    alphas
        Agreement of coders, of records that were coded twice.
    unknown, n_unknown
        Names that no table knows, the most frequent first, and how many there are.
    gaps, n_gaps
        The longest gaps, and how many there are.
    """

    kinds: tuple[tuple[str, int], ...]
    alphas: tuple[Alpha, ...]
    unknown: tuple[UnknownActor, ...]
    n_unknown: int
    gaps: tuple[Gap, ...]
    n_gaps: int


def quality(database: Published, raw: Path) -> Quality:
    """Return how good the data of a published database are."""
    unknown = database.rows(
        "select source, name, n_rows, first_day, last_day from core.unknown_actor "
        "order by n_rows desc, source, name"
    )
    gaps = database.rows(
        "select source, null as iso3, first_day, last_day, reason from meta.coverage_gap "
        "union all select distinct source, iso3, first_day, last_day, reason from meta.dyad_gap "
        "where iso3 is not null "
        "order by last_day - first_day desc, source, first_day, iso3, reason"
    )
    return Quality(
        kinds=tuple(
            (kind, n)
            for kind, n in database.rows(
                "select attributes['source_kind'] as kind, count(*) as n from core.record "
                "where kind <> '' group by kind order by n desc, kind"
            )
        ),
        alphas=tuple(_alphas(database, raw)),
        unknown=tuple(UnknownActor(*row) for row in unknown[:_NAMES_SHOWN]),
        n_unknown=len(unknown),
        gaps=tuple(Gap(*row) for row in gaps[:_GAPS_SHOWN]),
        n_gaps=len(gaps),
    )


def digest(raw: Path) -> str:
    """Return the hash of every file of records coded twice; another one makes the page stale."""
    found = hashlib.sha256()
    for path in record_review.coded_samples(raw):
        found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def _alphas(database: Published, raw: Path) -> list[Alpha]:
    paths = record_review.coded_samples(raw)
    if not paths:
        return []
    known = Vocabulary(
        frozenset(one for (one,) in database.rows("select iso3 from core.actor")),
        frozenset(one for (one,) in database.rows("select cameo_code from core.cameo")),
    )
    first = {
        row[0]: Coding(row[0], row[1], row[2], tuple(row[3]), tuple(row[4]), row[5])
        for row in database.rows(
            "select record_id, coalesce(attributes['coder'], 'the files'), event_date, actor1, "
            "actor2, cameo_code from core.record"
        )
    }
    second = [one for path in paths for one in record_review.codings(path, known, first)]
    values = database.rows(
        "select scale.cameo_code, scale.scale_value from core.scale as scale "
        "inner join meta.study as study on study.scale = scale.scale"
    )
    both = [first[one.record_id] for one in second if one.record_id in first]
    found = agreement.alphas([*both, *second], dict(values))
    return [one for one in found if one.alpha is not None]
