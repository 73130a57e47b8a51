"""A line of a file of records: accepted, or refused with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

# The columns that every file of records has; the sidecar describes the others.
COMMON_COLUMNS: Mapping[str, str] = {
    "record_id": "stable name of the record, unique over all files: lower-case words with hyphens",
    "event_date": "day of the event where it took place, YYYY-MM-DD (first day where it lasts)",
    "end_date": "last day of an event that lasts several days, else empty",
    "actor1": "who acts: ISO 3166-1 alpha-3 codes, several separated by ;",
    "actor2": "target: as actor1; empty only where a rule of the settings fills it",
    "cameo_code": "CAMEO code of what actor1 does to actor2, as text (010 is not 10)",
    "reverse_cameo_code": "CAMEO code of what actor2 does to actor1 in the same event, or empty",
    "category": "kind of event, one of the sidecar's categories",
    "title": "what happened, one line",
    "source_name": "who published the facts; without an address also what, and its date",
    "source_url": "where a reader can check them; empty where source_name names what and when",
}


@dataclass(frozen=True)
class Record:
    """One accepted line. Several actors or targets stand for every ordered pair of them."""

    raw_row: int
    record_id: str
    event_date: date
    end_date: date | None
    actor1: tuple[str, ...]
    actor2: tuple[str, ...]
    cameo_code: str
    reverse_cameo_code: str | None
    category: str
    title: str
    source_name: str
    source_url: str
    rule: str | None
    attributes: Mapping[str, str]
    raw_text: str

    def content(self) -> tuple[Any, ...]:
        """Return all but the place in the file, to tell a repetition from a contradiction."""
        return (
            self.record_id, self.event_date, self.end_date, self.actor1, self.actor2,
            self.cameo_code, self.reverse_cameo_code, self.category, self.title,
            self.source_name, self.source_url, tuple(sorted(self.attributes.items())),
        )  # fmt: skip


@dataclass(frozen=True)
class Rejection:
    """A line that was refused, whole, with the reason.

    ``further`` holds what else is wrong with it: column, value and reason of each fault.
    """

    raw_row: int
    column: str | None
    value: str | None
    reason: str
    raw_text: str
    further: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class ParsedFile:
    """Where each line of one file went. ``n_rows`` is the sum of the four."""

    records: tuple[Record, ...]
    out_of_scope: tuple[Record, ...]
    duplicates: tuple[Record, ...]
    rejections: tuple[Rejection, ...]
    problem: str | None = None

    @property
    def n_rows(self) -> int:
        """Lines that hold anything, below the header."""
        return (
            len(self.records) + len(self.out_of_scope) + len(self.duplicates) + len(self.rejections)
        )


@dataclass(frozen=True)
class Vocabulary:
    """The codes that a record may use."""

    actors: frozenset[str]
    cameo: frozenset[str]


class BadValue(Exception):
    """A value that cannot be taken; caught where a file is parsed, and kept as a rejection."""

    def __init__(self, column: str | None, value: str | None, reason: str) -> None:
        super().__init__(reason)
        self.column, self.value, self.reason = column, value, reason
