"""States of the study of which a source's files, made for some states, tell nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from detente.database.published import Published

_NAMED = 5


@dataclass(frozen=True)
class Blind:
    """What the files of a source leave out, and what can be done."""

    problem: str
    remedy: str


def found(database: Published) -> Iterator[tuple[str, Blind]]:
    """Yield the source and what its files leave out, from `meta.state_gap`."""
    runs: dict[tuple[str, date, date], list[str]] = {}
    for source, iso3, first, last in database.rows(
        "select source, iso3, first_day, last_day from meta.state_gap "
        "where reason = 'no file of the state' order by source, first_day, last_day, iso3"
    ):
        runs.setdefault((source, first, last), []).append(iso3)
    for (source, first, last), iso3s in runs.items():
        yield (
            source,
            Blind(
                f"no file of {_listed(iso3s)} has the days from {first} to {last}: they are "
                "unknown for every pair, not zero (meta.state_gap)",
                "export the states of the study for the same days, best together in one file",
            ),
        )
    for source, iso3s in database.rows(
        "select source, list(iso3 order by iso3) from meta.state_gap "
        "where reason = 'no event in the state' group by source order by source"
    ):
        yield (
            source,
            Blind(
                f"no event of its files took place in {_listed(iso3s)}: acts there are missing "
                "if an export left the state out (meta.state_gap)",
                "export every state of the study, best together in one file",
            ),
        )


def _listed(iso3s: list[str]) -> str:
    return ", ".join(iso3s[:_NAMED]) + (", ..." if len(iso3s) > _NAMED else "")
