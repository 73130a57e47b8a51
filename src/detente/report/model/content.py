"""What a page holds, as plain values: frozen and without a database behind them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd


@dataclass(frozen=True)
class Actor:
    """A state, by code and name."""

    iso3: str
    name: str


@dataclass(frozen=True)
class Occurrence:
    """A record as it bears on one dyad."""

    occurrence_id: str
    day: date
    group: str
    category: str
    title: str
    who: str
    net: float
    source_name: str
    source_url: str
    raw_file_id: str
    raw_row: int


@dataclass(frozen=True)
class Period:
    """The indices of one dyad in one month or year."""

    start: date
    n_events: int
    n_conflict: int
    cooperation: float
    conflict: float
    net: float
    net_lo: float | None
    net_hi: float | None
    stock: float
    is_complete: bool


@dataclass(frozen=True)
class RankedMonth:
    """A month of a ranking with what happened in it, the weightiest first."""

    rank: int
    month: date
    net: float
    n_events: int
    occurrences: tuple[Occurrence, ...]


@dataclass(frozen=True)
class Marked:
    """An occurrence that the chart marks, under its number."""

    number: int
    occurrence: Occurrence


@dataclass(frozen=True)
class Break:
    """A break in the dyad's net score: the last day before it, with its 95 % interval."""

    day: date
    lower: date
    upper: date
    sentence: str


@dataclass(frozen=True)
class Finding:
    """What a test, or the refusal of one, says; in the words of the result itself."""

    subject: str
    sentence: str


@dataclass(frozen=True)
class RawFile:
    """Where the rows of one raw file went."""

    raw_file_id: str
    title: str
    label: str
    producer: str
    licence: str
    covers: str
    checked: str
    n_missing: int
    n_rows: int
    n_loaded: int
    n_out_of_scope: int
    n_duplicate: int
    n_rejected: int


@dataclass(frozen=True)
class Provenance:
    """What the numbers rest on; the same inputs give the same provenance."""

    files: tuple[RawFile, ...]
    n_events: int
    first_day: date
    last_day: date
    complete_to: date
    as_of: date | None
    half_life_days: float
    inputs_sha256: str
    git_revision: str
    versions: tuple[tuple[str, str], ...]
    n_checks: int
    sources: tuple[tuple[str, int], ...]
    # Checks that failed, and why the database was published all the same.
    checks_failed: tuple[str, ...] = ()
    forced_reason: str | None = None


@dataclass(frozen=True)
class DyadReport:
    """Everything on the page of one dyad."""

    title: str
    actor1: Actor
    actor2: Actor
    summary: tuple[str, ...]
    months: pd.DataFrame
    years: pd.DataFrame
    directed_years: pd.DataFrame
    occurrences: tuple[Occurrence, ...]
    marked: tuple[Marked, ...]
    most_cooperative: tuple[RankedMonth, ...]
    most_conflictual: tuple[RankedMonth, ...]
    latest_label: str
    latest: tuple[Occurrence, ...]
    breaks: tuple[Break, ...]
    findings: tuple[Finding, ...]
    provenance: Provenance

    @property
    def slug(self) -> str:
        """Name of the report's files."""
        return f"{self.actor1.iso3}-{self.actor2.iso3}"


@dataclass(frozen=True)
class Question:
    """A question that the settings name, with its answer."""

    question: str
    verdict: str
    sentence: str


@dataclass(frozen=True)
class DyadLine:
    """One dyad's line on the overview."""

    slug: str
    name: str
    n_events: int
    net_last_year: float
    stock: float
    worst_year: int | None
    best_year: int | None


@dataclass(frozen=True)
class Overview:
    """The page that lists all dyads."""

    title: str
    summary: tuple[str, ...]
    questions: tuple[Question, ...]
    lines: tuple[DyadLine, ...]
    years: pd.DataFrame
    provenance: Provenance
