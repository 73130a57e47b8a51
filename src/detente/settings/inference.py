"""Which series the questions are asked of, and how."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, field_validator, model_validator

from detente.base.toml_models import Declared
from detente.settings.section import Iso3
from detente.settings.series import SeriesChoice


class Hypothesis(Declared):
    """A question of the study, and the test that answers it."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    question: str = Field(min_length=1)
    kind: Literal["break", "reciprocity", "effect"]
    dyad: tuple[Iso3, Iso3]
    first: date | None = None
    last: date | None = None
    event_kind: str | None = None

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Hypothesis:
        if self.kind == "break" and (self.first is None or self.last is None):
            raise ValueError("a question about a break names its `first` and `last` day")
        if self.kind == "effect" and not self.event_kind:
            raise ValueError("a question about an effect names its `event_kind`, a file's label")
        return self

    @property
    def span(self) -> tuple[date, date]:
        """The days between which a break is asked about."""
        return self.first or date.min, self.last or date.max


class Forecasts(Declared):
    """How far ahead is forecast, and how the forecasts are put to the test."""

    enabled: bool = True
    # Months ahead, from one to this.
    horizon: int = Field(default=6, ge=1, le=12)
    # Months known at the first origin.
    training_months: int = Field(default=120, ge=60, le=1200)
    # The level's parameters are estimated again at every so many origins.
    refit_months: int = Field(default=24, ge=1, le=240)
    # Share of the origins on which the intervals learn; the rest judges them.
    selection_share: float = Field(default=0.5, ge=0.2, le=0.8)


class Inference(Declared):
    """What the study chooses: how breaks are sought and when a test rejects."""

    enabled: bool = True
    # Each one is a family of tests by itself. The reported series comes first and answers the
    # study's questions; without `[report] series` that is the first one named here.
    series: tuple[SeriesChoice, ...] = ()
    # Share of the months that a regime has at least; nearer to the ends no break is sought.
    trimming: float = Field(default=0.10, ge=0.05, le=0.25)
    max_breaks: int = Field(default=5, ge=1, le=8)
    significance: float = Field(default=0.05, gt=0, lt=0.5)
    # Of the bands of impulse responses: bootstrap samples and the seed that draws them.
    draws: int = Field(default=500, ge=100, le=10000)
    seed: int = Field(default=0, ge=0)
    triads: tuple[tuple[Iso3, Iso3, Iso3], ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()
    forecasts: Forecasts = Forecasts()
    # How the level moves from month to month: by normal steps, or by steps of Student's t with four
    # degrees of freedom, which leave room for jumps.
    level_steps: Literal["normal", "student"] = "normal"

    @property
    def step_freedom(self) -> float | None:
        """Degrees of freedom of the level's steps; None for normal ones."""
        return 4.0 if self.level_steps == "student" else None

    @field_validator("series")
    @classmethod
    def _each_series_once(cls, value: tuple[SeriesChoice, ...]) -> tuple[SeriesChoice, ...]:
        if len(set(value)) < len(value):
            raise ValueError("each series is named once")
        return value
