"""What a page holds, as plain values: frozen and without a database behind them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd


@dataclass(frozen=True)
class Actor:
    """A state, by code, name and name in its own language (empty where that is the same)."""

    iso3: str
    name: str
    native: str = ""


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
    score: float | None = None
    as_good_before: date | None = None
    as_bad_before: date | None = None


@dataclass(frozen=True)
class Place:
    """Where a score stands among the ends of the dyad's complete months before.

    Attributes
    ----------
    is_high
        Whether more of them were lower than were higher.
    percent
        The share that was lower, or higher if not `is_high`; rounded down.
    n
        How many months are compared.
    """

    is_high: bool
    percent: int
    n: int


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
    """A break in the dyad's net score: the last day before it, with its 95 % interval.

    `caveat` says in which other searches it is not found; empty where it is found in all.
    """

    day: date
    lower: date | None
    upper: date | None
    mean_before: float
    mean_after: float
    sentence: str
    caveat: str = ""


@dataclass(frozen=True)
class OtherSearch:
    """One search for breaks in the series built otherwise; the first is the search as asked.

    Attributes
    ----------
    kind, words
        What is done otherwise.
    share_left_out
        Share of the points of cooperation and conflict that is left out; None where none is.
    dates
        Last day before each break that it finds.
    lost
        Breaks of the search as asked that it does not find.
    p_value
        Of the test of any break.
    survives
        Whether it finds every break of the search as asked; None where it was refused.
    """

    kind: str
    words: str
    share_left_out: float | None
    dates: tuple[date, ...]
    lost: tuple[date, ...]
    p_value: float | None
    survives: bool | None
    refusal: str | None


@dataclass(frozen=True)
class Finding:
    """What a test, or the refusal of one, says; in the words of the result itself.

    `stands` is whether the test rejects at the study's level after correction and is not disputed
    by the same test with robust errors, or dates a break.
    """

    subject: str
    sentence: str
    stands: bool


@dataclass(frozen=True)
class Part:
    """One of the five questions of the first screen, with its answer in sentences."""

    name: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Regime:
    """Months that follow one another in one regime of the Markov-switching model."""

    first: date
    last: date
    mean: float
    probability: float


@dataclass(frozen=True)
class ForecastMonth:
    """The forecast of one month's net score: its median, mean and central intervals.

    Attributes
    ----------
    is_past
        Whether the month was over on the day that the database stands at.
    """

    month: date
    mean: float
    median: float
    lo_50: float
    hi_50: float
    lo_80: float
    hi_80: float
    lo_95: float
    hi_95: float
    is_past: bool = False


@dataclass(frozen=True)
class ForecastScore:
    """How past forecasts of one model fared, all horizons together."""

    model: str
    is_chosen: bool
    n_forecasts: int | None
    crps: float | None
    coverage_80: float | None
    baseline: str | None
    skill: float | None
    p_adjusted: float | None


@dataclass(frozen=True)
class Forecast:
    """What the chosen model expects of the next months, or why there is no forecast.

    Attributes
    ----------
    months
        The months forecast, in order; those that are over already are marked as past.
    """

    model: str
    months: tuple[ForecastMonth, ...]
    scores: tuple[ForecastScore, ...]
    refusal: str | None

    @property
    def chosen(self) -> ForecastScore | None:
        """The record of the chosen model."""
        return next((one for one in self.scores if one.is_chosen), None)


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
    # The day up to which the database was brought, whatever its files cover.
    stands_at: date
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
    brief: tuple[Part, ...]
    summary: tuple[str, ...]
    # The 95 % interval of the net score of the last twelve complete months.
    last_year: tuple[float, float] | None
    months: pd.DataFrame
    years: pd.DataFrame
    directed_years: pd.DataFrame
    # What stands under every chart that tells the two directions apart.
    directed_warning: str
    occurrences: tuple[Occurrence, ...]
    marked: tuple[Marked, ...]
    most_cooperative: tuple[RankedMonth, ...]
    most_conflictual: tuple[RankedMonth, ...]
    latest_label: str
    latest: tuple[Occurrence, ...]
    breaks: tuple[Break, ...]
    hangs: tuple[OtherSearch, ...]
    regimes: tuple[Regime, ...]
    responses: pd.DataFrame
    paths: pd.DataFrame
    forecast: Forecast
    bear: tuple[Finding, ...]
    findings: tuple[Finding, ...]
    provenance: Provenance

    @property
    def slug(self) -> str:
        """Name of the report's files."""
        return f"{self.actor1.iso3}-{self.actor2.iso3}"

    @property
    def native(self) -> str:
        """The names in the actors' own languages, of those that have one to add."""
        return " · ".join(one.native for one in (self.actor1, self.actor2) if one.native)


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
    actor1: Actor
    actor2: Actor
    n_events: int
    score: float | None
    score_change: float | None
    place: Place | None
    net_last_year: float
    net_last_year_lo: float | None
    net_last_year_hi: float | None
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
    triads: tuple[TriadLine, ...]
    month: date
    months: pd.DataFrame
    years: pd.DataFrame
    provenance: Provenance


@dataclass(frozen=True)
class TriadTest:
    """One question of a triad: whether the past of the predictors helps to predict the first."""

    predicted: str
    predictors: str
    p_value: float | None
    p_adjusted: float | None
    refusal: str | None
    stands: bool
    is_disputed: bool
    sentence: str


@dataclass(frozen=True)
class TriadLine:
    """One triad's line on the overview."""

    slug: str
    name: str
    n_shown: int
    n_tests: int


@dataclass(frozen=True)
class TogetherMonth:
    """A month that moved all three relations, with the weightiest record of each dyad."""

    month: date
    size: float
    nets: tuple[tuple[str, float], ...]
    occurrences: tuple[Occurrence, ...]


@dataclass(frozen=True)
class TriadReport:
    """Everything on the page of three states."""

    title: str
    slug: str
    actors: tuple[Actor, Actor, Actor]
    summary: tuple[str, ...]
    dyads: tuple[DyadLine, ...]
    tests: tuple[TriadTest, ...]
    together: tuple[TogetherMonth, ...]
    months: pd.DataFrame
    years: pd.DataFrame
    provenance: Provenance

    @property
    def native(self) -> str:
        """The names in the actors' own languages, of those that have one to add."""
        return " · ".join(one.native for one in self.actors if one.native)
