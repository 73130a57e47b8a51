"""Baselines: a point that needs no model, and around it the errors that it made.

Hyndman and Athanasopoulos (2021), Forecasting: Principles and Practice, third edition, sections 5.2
(simple methods) and 5.5 (distributions from the errors of the past).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from detente.statistics.forecasting.models import Model
from detente.statistics.forecasting.predictive import thinned
from detente.statistics.frames import NotEstimableError
from detente.statistics.results import Setting
from detente.statistics.samples import FloatArray

# A distribution of fewer errors has no 95 % interval to speak of.
MIN_ERRORS = 40
SEASON = 12
LAST_VALUE, SAME_MONTH = "last value", "same month a year before"

# The point forecast made in each month of a series for `horizon` months later, shape (n,); the
# first ones may be missing, where too little was known.
Points = Callable[[FloatArray, int], FloatArray]


@dataclass(frozen=True, kw_only=True)
class Naive:
    """A single month of the past with the distribution of its past errors at the same horizon.

    Attributes
    ----------
    name
        How rows and sentences call it.
    points
        Gives the point forecast made in each month.
    is_count
        Then no draw is below zero.
    """

    name: str
    points: Points
    is_count: bool = False
    settings: Mapping[str, Setting] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def fit(self, history: FloatArray) -> Naive:
        """Return the baseline itself, which has no parameters."""
        return self

    def draw(
        self, history: FloatArray, horizon: int, n_draws: int, rng: np.random.Generator
    ) -> FloatArray:
        """Return the point forecast plus its past errors, shape (horizon, n_draws).

        Nothing is random: the draws are the quantiles of the errors.

        Raises
        ------
        NotEstimableError
            If there are fewer than 40 past errors.
        """
        values = history.sum(axis=1)
        found = np.empty((horizon, n_draws))
        for step in range(1, horizon + 1):
            made = self.points(values, step)
            errors = values[step:] - made[:-step]
            errors = np.sort(errors[~np.isnan(errors)])
            _require_errors(len(errors))
            found[step - 1] = made[-1] + thinned(errors, n_draws)
        return np.maximum(found, 0.0) if self.is_count else found


def _require_errors(n_errors: int) -> None:
    if n_errors < MIN_ERRORS:
        raise NotEstimableError(f"{n_errors} past errors; at least {MIN_ERRORS} are needed")


def last_value(values: FloatArray, horizon: int) -> FloatArray:
    """Forecast that nothing changes."""
    return values


def same_month_last_year(values: FloatArray, horizon: int) -> FloatArray:
    """Forecast what the same month of the last year that is known brought."""
    back = SEASON * ((horizon - 1) // SEASON + 1) - horizon
    made = np.full(len(values), np.nan)
    if back < len(values):
        made[back:] = values[: len(values) - back]
    return made


@dataclass(frozen=True, kw_only=True)
class Mean:
    """The mean of past months with their own deviations from it, which are those months again.

    What weather forecasters call climatology: next month may be like any month before. A lump of
    quiet months stays where it is.

    Attributes
    ----------
    name
        How rows and sentences call it.
    months
        How many of the last months; ``None`` for all.
    """

    name: str
    months: int | None = None
    warnings: tuple[str, ...] = ()

    @property
    def settings(self) -> Mapping[str, Setting]:
        """The months that count."""
        return {"months": self.months or "all"}

    def fit(self, history: FloatArray) -> Mean:
        """Return the baseline itself."""
        return self

    def draw(
        self, history: FloatArray, horizon: int, n_draws: int, rng: np.random.Generator
    ) -> FloatArray:
        """Return the quantiles of the past months, the same at each horizon.

        Raises
        ------
        NotEstimableError
            If there are fewer than 40 months.
        """
        values = np.sort(history.sum(axis=1)[-(self.months or len(history)) :])
        _require_errors(len(values))
        return np.tile(thinned(values, n_draws), (horizon, 1))


def baselines(is_count: bool) -> tuple[Model, ...]:
    """Return the baselines, for counts or for a score."""
    return (
        Naive(name=LAST_VALUE, points=last_value, is_count=is_count),
        Naive(
            name=SAME_MONTH,
            points=same_month_last_year,
            is_count=is_count,
            settings={"season": SEASON},
        ),
        Mean(name="mean of all months"),
        Mean(name="mean of the last 60 months", months=60),
    )
