"""One type for every predictive distribution: equally likely points, in rising order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from detente.base.errors import UsageError
from detente.statistics.samples import FloatArray


@dataclass(frozen=True, kw_only=True)
class Predictive:
    """Predictive distributions as equally likely points, any number of them at once.

    Attributes
    ----------
    points
        Shape (..., n), rising along the last axis, in the unit of the series. The i-th point stands
        for the share (i - 1/2) / n of the distribution.
    """

    points: FloatArray

    @classmethod
    def of(cls, draws: ArrayLike) -> Self:
        """Return the distributions of draws, shape (..., n), in any order.

        Raises
        ------
        UsageError
            If there are no draws, or one of them is not a finite number.
        """
        points = np.sort(np.asarray(draws, dtype=np.float64), axis=-1)
        if points.ndim == 0 or points.shape[-1] == 0:
            raise UsageError("a predictive distribution needs at least one draw, got none")
        if not np.isfinite(points).all():
            raise UsageError("a predictive distribution needs finite draws, got one that is not")
        return cls(points=points)

    @property
    def n_points(self) -> int:
        """Number of equally likely points that stand for each distribution."""
        return int(self.points.shape[-1])

    def mean(self) -> FloatArray:
        """Mean of each distribution, shape (...)."""
        return np.asarray(self.points.mean(axis=-1))

    def quantile(self, share: float) -> FloatArray:
        """Return the smallest point with at least ``share`` of the distribution at or below it.

        A point of the distribution itself and never one between two, so that quantiles of counts
        are counts. Shape (...).
        """
        if not 0.0 < share < 1.0:
            raise UsageError(f"expected a share inside (0, 1), got {share}")
        # The small number keeps 0.1 * 30 from becoming the fourth point by rounding.
        position = int(np.ceil(share * self.n_points - 1e-9)) - 1
        return np.asarray(self.points[..., max(position, 0)])

    def interval(self, level: float) -> tuple[FloatArray, FloatArray]:
        """Return both ends of the central interval of at least the mass ``level``, shape (...)."""
        if not 0.0 < level < 1.0:
            raise UsageError(f"expected a level inside (0, 1), got {level}")
        cut = int(np.floor((1.0 - level) / 2.0 * self.n_points + 1e-9))
        cut = min(cut, (self.n_points - 1) // 2)
        return np.asarray(self.points[..., cut]), np.asarray(self.points[..., -1 - cut])

    def holds(self, observed: FloatArray, level: float) -> NDArray[np.bool_]:
        """Return whether the central intervals contain the observed values, shape (...)."""
        lower, upper = self.interval(level)
        return np.asarray((lower <= observed) & (observed <= upper))
