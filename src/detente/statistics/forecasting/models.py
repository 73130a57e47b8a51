"""What a model is to the backtest: it is fitted to a history and then draws what may follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from detente.statistics.frames import NotEstimableError
from detente.statistics.results import Setting
from detente.statistics.samples import FloatArray

# Fewest months that differ from the most frequent value; where nearly every month is zero, a
# handful of events would decide the coefficients.
MIN_ACTIVE = 10


class Forecaster(Protocol):
    """A fitted model: parameters from one history, which may be applied to a longer one."""

    @property
    def settings(self) -> Mapping[str, Setting]:
        """What the search for the best form found."""
        ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the fit gives to consider, in words."""
        ...

    def draw(
        self, history: FloatArray, horizon: int, n_draws: int, rng: np.random.Generator
    ) -> FloatArray:
        """Draw the months that may follow a history, the sum of its parts.

        Parameters
        ----------
        history
            Shape (n, k): n months of the k parts whose sum is forecast.

        Returns
        -------
        ndarray
            Shape (horizon, n_draws), in any order.
        """
        ...


class Model(Protocol):
    """A way to forecast the sum of some monthly series, here the two directions of a dyad."""

    @property
    def name(self) -> str:
        """How rows and sentences call it."""
        ...

    @property
    def settings(self) -> Mapping[str, Setting]:
        """Everything that was chosen."""
        ...

    def fit(self, history: FloatArray) -> Forecaster:
        """Estimate the model.

        Raises
        ------
        NotEstimableError
            With the reason why this history cannot bear it.
        """
        ...


def require_active(values: FloatArray, what: str) -> None:
    """Refuse a series that hardly ever moves.

    Raises
    ------
    NotEstimableError
        If fewer than ten values differ from the most frequent one.
    """
    counts = np.unique(values, return_counts=True)[1]
    n_active = len(values) - int(counts.max())
    if n_active < MIN_ACTIVE:
        raise NotEstimableError(
            f"{what} differs from its most frequent value in only {n_active} of {len(values)} "
            f"months; at least {MIN_ACTIVE} are needed"
        )


def corrected_criterion(log_likelihood: float, n_parameters: int, n_obs: int) -> float:
    """Return AICc (Hurvich and Tsai 1989, Biometrika 76, 297-307); infinite where undefined."""
    spare = n_obs - n_parameters - 1
    if spare <= 0 or not np.isfinite(log_likelihood):
        return float("inf")
    return -2.0 * log_likelihood + 2.0 * n_parameters * n_obs / spare
