"""The days of which a source knows nothing, of all states or of one, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from detente.database.published import Published

# What the sentences are called in `reports/lang`, by the reason in the database.
KEYS: Mapping[str, str] = {
    "no file": "no_file",
    "a file is not loaded": "not_loaded",
    "no file of the state": "no_file_of_state",
    "no event in the state": "no_event",
    "before the source covers the state": "before_coverage",
    "the state did not exist": "no_state",
}


@dataclass(frozen=True)
class Unknown:
    """Days of which a source knows nothing of a state.

    Attributes
    ----------
    iso3
        The state; None for all.
    is_from_start
        Whether they are the first days that the source covers.
    """

    iso3: str | None
    first_day: date
    last_day: date
    reason: str
    is_from_start: bool

    @property
    def n_days(self) -> int:
        """How many days they are."""
        return (self.last_day - self.first_day).days + 1

    @property
    def next_day(self) -> date:
        """The day after the last."""
        return self.last_day + timedelta(days=1)


def of_pairs(database: Published, source: str) -> dict[tuple[str, str], tuple[Unknown, ...]]:
    """Return by pair of the study the days that a source does not know, the longest span first."""
    found: dict[tuple[str, str], tuple[Unknown, ...]] = {}
    for one, two, *row in database.rows(
        "select gap.actor1_iso3, gap.actor2_iso3, gap.iso3, gap.first_day, gap.last_day, "
        "gap.reason, gap.first_day = coverage.first_day "
        "from meta.dyad_gap as gap inner join meta.coverage as coverage using (source) "
        "where source = ? order by gap.last_day - gap.first_day desc, gap.first_day, "
        "gap.iso3 nulls last, gap.reason",
        [source],
    ):
        found[one, two] = (*found.get((one, two), ()), Unknown(*row))
    return found
