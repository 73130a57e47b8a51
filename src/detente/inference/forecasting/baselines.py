"""Baselines: a point that needs no model, and around it the errors that it made before.

Hyndman and Athanasopoulos (2021), Forecasting: Principles and Practice, third edition, sections 5.2
(simple methods) and 5.5 (distributions from the errors of the past).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from detente.inference.forecasting.predictive import thinned
from detente.inference.frames import NotEstimableError
from detente.inference.results import Setting
from detente.inference.samples import FloatArray

# A distribution of fewer errors has no 95 % interval to speak of.
MIN_ERRORS = 40
SEASON = 12

# The point forecast made in each month of a series for `horizon` months later, shape (n,); the
# first ones may be missing, where too little was known.
Points = Callable[[FloatArray, int], FloatArray]


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """A simple method with the empirical distribution of its past errors at the same horizon.

    Attributes
    ----------
    name
        How rows and sentences call it.
    points
        Gives the point forecast made in each month.
    is_count
        Then draws are rounded to whole numbers and none is below zero.
    """

    name: str
    points: Points
    is_count: bool = False
    settings: Mapping[str, Setting] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def fit(self, history: FloatArray) -> Baseline:
        """Return the baseline itself, which has no parameters."""
        return self

    def draw(
        self, history: FloatArray, horizon: int, n_draws: int, rng: np.random.Generator
    ) -> FloatArray:
        """Return the point forecast plus its past errors, shape (horizon, n_draws).

        Nothing is random: the points are the quantiles of the errors.

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
            if len(errors) < MIN_ERRORS:
                raise NotEstimableError(
                    f"{len(errors)} past errors at {step} months; at least {MIN_ERRORS} are needed"
                )
            found[step - 1] = made[-1] + thinned(errors, n_draws)
        return np.maximum(np.round(found), 0.0) if self.is_count else found


def last_value(values: FloatArray, horizon: int) -> FloatArray:
    """Forecast that nothing changes."""
    return values


def mean_so_far(values: FloatArray, horizon: int) -> FloatArray:
    """Forecast the mean of all months so far; none in the first year."""
    means = np.cumsum(values) / np.arange(1, len(values) + 1)
    means[: SEASON - 1] = np.nan
    return means


def mean_of_a_year(values: FloatArray, horizon: int) -> FloatArray:
    """Forecast the mean of the last twelve months."""
    sums = np.cumsum(values)
    sums[SEASON:] -= sums[:-SEASON].copy()
    means = sums / SEASON
    means[: SEASON - 1] = np.nan
    return means


def same_month_last_year(values: FloatArray, horizon: int) -> FloatArray:
    """Forecast what the same month of the last year that is known brought."""
    back = SEASON * ((horizon - 1) // SEASON + 1) - horizon
    made = np.full(len(values), np.nan)
    if back < len(values):
        made[back:] = values[: len(values) - back]
    return made


def baselines(is_count: bool) -> tuple[Baseline, ...]:
    """Return the baselines, for counts or for a score."""
    return (
        Baseline(name="last value", points=last_value, is_count=is_count),
        Baseline(name="mean of all months", points=mean_so_far, is_count=is_count),
        Baseline(
            name="mean of the last 12 months",
            points=mean_of_a_year,
            is_count=is_count,
            settings={"months": SEASON},
        ),
        Baseline(
            name="same month a year before",
            points=same_month_last_year,
            is_count=is_count,
            settings={"season": SEASON},
        ),
    )
