"""The days for which a source has no data, on all states or on one, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from detente.database.published import Published

# What the sentences are called in `reports/lang`, by the reason in the database.
KEYS: Mapping[str, str] = {
    "no file": "no_file",
    "a file is not loaded": "not_loaded",
    "part of a day": "part_of_day",
    "no file of the state": "no_file_of_state",
    "no event in the state": "no_event",
    "before the source covers the state": "before_coverage",
    "the state did not exist": "no_state",
}
# So many spans of a pair are read; of those that say the same one is told.
_READ = 40
# Of such days something is known, of others nothing.
_IN_PART = "part of a day"


@dataclass(frozen=True)
class Unknown:
    """Days for which a source has no data on a state.

    Attributes
    ----------
    iso3
        The state; None for all.
    is_from_start
        Whether they are the first days that the source covers.
    is_to_end
        Whether they reach to its last day.
    """

    iso3: str | None
    first_day: date
    last_day: date
    reason: str
    is_from_start: bool
    is_to_end: bool = False

    @property
    def n_days(self) -> int:
        """How many days they are."""
        return (self.last_day - self.first_day).days + 1

    @property
    def next_day(self) -> date:
        """The day after the last."""
        return self.last_day + timedelta(days=1)


@dataclass(frozen=True)
class Unknowns:
    """What a source does not know of a pair: the longest spans, and how many there are."""

    longest: tuple[Unknown, ...] = ()
    n: int = 0

    @property
    def is_since(self) -> bool:
        """Whether days are unknown since the pair was first known, not only before."""
        return self.n > len(self.longest) or any(
            one.is_to_end or not one.is_from_start for one in self.longest
        )


def of_pairs(database: Published, source: str) -> dict[tuple[str, str], Unknowns]:
    """Return by pair of the study the days that a source does not know.

    A source may lack thousands of days, each of them for every pair: few of them are read.
    """
    found: dict[tuple[str, str], list[Unknown]] = {}
    numbers: dict[tuple[str, str], int] = {}
    for one, two, n, *row in database.rows(
        "select gap.actor1_iso3, gap.actor2_iso3, count(*) over pair, gap.iso3, gap.first_day, "
        "gap.last_day, gap.reason, gap.first_day = coverage.first_day, "
        "gap.last_day = coverage.last_day "
        "from meta.dyad_gap as gap inner join meta.coverage as coverage using (source) "
        "where source = ? window pair as (partition by gap.actor1_iso3, gap.actor2_iso3) "
        "qualify row_number() over (pair order by gap.last_day - gap.first_day desc, "
        "gap.first_day, gap.iso3 nulls last, gap.reason) <= ? "
        "order by gap.last_day - gap.first_day desc, gap.first_day, gap.iso3 nulls last, "
        "gap.reason",
        [source, _READ],
    ):
        found.setdefault((one, two), []).append(Unknown(*row))
        numbers[one, two] = n
    return {pair: Unknowns(tuple(spans), numbers[pair]) for pair, spans in found.items()}


def told_once(spans: Sequence[Unknown]) -> list[Unknown]:
    """Leave out the spans of a pair about which the others say as much.

    Days without any file are days without a file of either state. On days without a file of a state
    it is of no interest whether the source covered it.
    """
    found: list[Unknown] = []
    for one in sorted(spans, key=lambda span: (span.iso3 is not None, -span.n_days)):
        if not any(_holds(other, one) for other in found):
            found.append(one)
    states = {one.iso3 for one in found} - {None}
    return [
        one
        for one in spans
        if one in found
        and not (
            one.iso3 is None
            and len(states) == 2
            and all(
                any(other.iso3 == state and _holds(other, one) for other in found)
                for state in states
            )
        )
    ]


def _holds(other: Unknown, one: Unknown) -> bool:
    """Say whether the days of one lie within another, of all states or of the same."""
    return (
        (other.iso3 is None or other.iso3 == one.iso3 or one.iso3 is None)
        and (other.reason != _IN_PART or one.reason == _IN_PART)
        and other.first_day <= one.first_day
        and one.last_day <= other.last_day
    )
