"""The rows of `stats.*`, a class a table: its fields are the columns of the table and no others.

These classes are the one definition. SQL has no way to share columns between tables, so each file
of `sql/30_stats` says them in full for whoever reads it; a test compares names, types and nulls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar

from detente.analysis.results import (
    NOT_A_COLUMN,
    Corrected,
    OfDyad,
    Result,
    Stored,
    Tested,
    Verdict,
)

# Methods of `stats.event_effect` and `stats.event_path`.
STUDY, PLACEBO, PROJECTION = "event study", "placebo dates", "local projection"


@dataclass(frozen=True, kw_only=True)
class BreakTest(Corrected, OfDyad):
    """A row of `stats.break_test`."""

    table: ClassVar[str] = "stats.break_test"
    family: ClassVar[tuple[str, ...] | None] = ("test_id",)


@dataclass(frozen=True, kw_only=True)
class BreakPoint(OfDyad):
    """A row of `stats.break_point`."""

    table: ClassVar[str] = "stats.break_point"
    # A break that is not found has no row.
    refusal: str | None = field(default=None, init=False, metadata=NOT_A_COLUMN)
    break_number: int
    last_before: date
    last_before_lo: date | None
    last_before_hi: date | None
    mean_before: float
    mean_after: float
    n_obs: int
    span: str
    settings: str


@dataclass(frozen=True, kw_only=True)
class Robustness(Tested, OfDyad):
    """A row of `stats.robustness`."""

    table: ClassVar[str] = "stats.robustness"
    position: int
    variant: str
    variant_of: str
    variant_words: str
    n_left_out: int | None = None
    share_left_out: float | None = None
    share_changed: float | None = None
    is_counted: bool = False
    net_12m: float | None = None
    level_change: float | None = None
    n_breaks: int | None = None
    break_dates: Sequence[date] | None = None
    break_dates_lo: Sequence[date | None] | None = None
    break_dates_hi: Sequence[date | None] | None = None
    lost_breaks: Sequence[date] | None = None
    survives: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Diagnostic(Corrected, OfDyad):
    """A row of `stats.diagnostic`."""

    table: ClassVar[str] = "stats.diagnostic"
    family: ClassVar[tuple[str, ...] | None] = ("test_id",)


@dataclass(frozen=True, kw_only=True)
class Granger(Corrected, OfDyad):
    """A row of `stats.granger`."""

    table: ClassVar[str] = "stats.granger"
    family: ClassVar[tuple[str, ...] | None] = ("acts",)
    acts: str
    same_period_correlation: float | None
    share_two_sided: float | None


@dataclass(frozen=True, kw_only=True)
class CommonClimate(Corrected, OfDyad):
    """A row of `stats.common_climate`."""

    table: ClassVar[str] = "stats.common_climate"
    family: ClassVar[tuple[str, ...] | None] = ("test_id",)
    sign: str
    n_acts: int | None = None
    n_other: int | None = None
    ratio: float | None = None
    ratio_lo: float | None = None
    ratio_hi: float | None = None
    climate_half_life: float | None = None
    climate_sd: float | None = None


@dataclass(frozen=True, kw_only=True)
class Triad(Corrected):
    """A row of `stats.triad`."""

    table: ClassVar[str] = "stats.triad"
    family: ClassVar[tuple[str, ...] | None] = ("direction",)
    triad: str
    direction: str
    predicted: str | None = None
    predictors: str | None = None


@dataclass(frozen=True, kw_only=True)
class ImpulseResponse(Result):
    """A row of `stats.impulse_response`, of a dyad or of a triad."""

    table: ClassVar[str] = "stats.impulse_response"
    actor1_iso3: str | None
    actor2_iso3: str | None
    triad: str | None = None
    response_kind: str | None = None
    impulse: str | None = None
    response: str | None = None
    horizon: int | None = None
    response_value: float | None = None
    response_lo: float | None = None
    response_hi: float | None = None


@dataclass(frozen=True, kw_only=True)
class VarianceShare(OfDyad):
    """A row of `stats.variance_decomposition`."""

    table: ClassVar[str] = "stats.variance_decomposition"
    response_kind: str | None = None
    impulse: str | None = None
    response: str | None = None
    horizon: int | None = None
    share: float | None = None
    share_lo: float | None = None
    share_hi: float | None = None


@dataclass(frozen=True, kw_only=True)
class _Effect(Corrected, OfDyad):
    effect: float | None = None
    effect_lo: float | None = None
    effect_hi: float | None = None


@dataclass(frozen=True, kw_only=True)
class EventEffect(_Effect):
    """A row of `stats.event_effect`."""

    table: ClassVar[str] = "stats.event_effect"
    family: ClassVar[tuple[str, ...] | None] = ("method",)
    event_kind: str
    method: str
    n_events: int | None = None
    p_pre_trend: float | None = None


@dataclass(frozen=True, kw_only=True)
class EventPanel(Corrected):
    """A row of `stats.event_panel`."""

    table: ClassVar[str] = "stats.event_panel"
    family: ClassVar[tuple[str, ...] | None] = ("test_id",)
    event_kind: str
    n_dyads: int | None = None
    n_events: int | None = None
    effect: float | None = None
    effect_lo: float | None = None
    effect_hi: float | None = None


@dataclass(frozen=True, kw_only=True)
class EventPath(_Effect):
    """A row of `stats.event_path`."""

    table: ClassVar[str] = "stats.event_path"
    family: ClassVar[tuple[str, ...] | None] = (
        "actor1_iso3", "actor2_iso3", "event_kind", "method",
    )  # fmt: skip
    event_kind: str
    method: str
    horizon: int | None = None
    n_events: int | None = None


@dataclass(frozen=True, kw_only=True)
class ExtremeYear(OfDyad):
    """A row of `stats.extreme_year`."""

    table: ClassVar[str] = "stats.extreme_year"
    scale: str
    period_start: date | None = None
    net: float | None = None
    p_lowest: float | None = None
    p_highest: float | None = None


@dataclass(frozen=True, kw_only=True)
class Answer(Stored):
    """A row of `stats.hypothesis`: a question of the study and what the tests answer."""

    table: ClassVar[str] = "stats.hypothesis"
    position: int
    hypothesis_id: str
    question: str
    test_id: str
    verdict: Verdict
    is_disputed: bool
    p_value: float | None
    p_adjusted: float | None
    n_family: int
    words: str = field(metadata=NOT_A_COLUMN)

    @property
    def is_refused(self) -> bool:
        """Whether every test behind the question was refused."""
        return self.verdict is Verdict.NOT_TESTED

    def sentence(self) -> str:
        """Return the sentences of the results that the answer rests on, and the correction."""
        return self.words


TABLES: tuple[type[Stored], ...] = (
    BreakTest, BreakPoint, Robustness, Diagnostic, Granger, CommonClimate, Triad,
    ImpulseResponse, VarianceShare,
    EventEffect, EventPath, EventPanel, ExtremeYear, Answer,
)  # fmt: skip
