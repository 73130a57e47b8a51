"""The model of a dyad's acts of one sign, and its prior.

    y[i, t] ~ Tweedie(mean exp(a[i] + log offset[i, t] + eta[t]), dispersion phi[i], power p)
    eta[t]  = eta[t-1] + e,  e ~ N(0, q^2)

for source i and month t, with a = 0 for the first source. The states of cooperation and of conflict
are modelled apart: what they share would have to be told from one series of sums each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Prior:
    """What is supposed before the data are seen.

    Attributes
    ----------
    log_step, log_step_sd
        Mean and standard deviation of log q, the standard deviation of a month's step of the state.
        The default, 0.12, moves a level by a half within a year once in three years.
    start_sd
        Standard deviation of the first month's state around the log of the pooled mean.
    effect_sd
        Of a source's effect around the log of the ratio of its pooled mean to the first source's.
    step_freedom
        Degrees of freedom of the steps, as those of Student's t; None for normal ones.
    log_dispersion_sd
        Of log phi around the value that follows from the mean size of the months that are not zero:
        so wide that it matters only where next to no month is not zero.
    """

    log_step: float = float(np.log(0.12))
    log_step_sd: float = 0.7
    start_sd: float = 1.5
    effect_sd: float = 3.0
    log_dispersion_sd: float = 1.5
    step_freedom: float | None = None


@dataclass(frozen=True)
class Sums:
    """What several series of one sign add up to by month.

    Attributes
    ----------
    y
        Points of the month, none negative; NaN where a source did not look; shape (series, sources,
        months).
    log_offset
        Log of the volume that the points are relative to, 0 where there is none; the same shape.
    unit
        Points of one act, for series in which nothing happened.
    """

    y: Floats
    log_offset: Floats
    unit: float = 1.0

    def __post_init__(self) -> None:
        if self.y.ndim != 3 or self.y.shape != self.log_offset.shape:
            raise ValueError(
                "expected points and offsets of one shape (series, sources, months), got "
                f"{self.y.shape} and {self.log_offset.shape}"
            )
        if np.isinf(self.y).any() or (self.y < 0).any():
            raise ValueError("points of one sign are neither negative nor infinite")
        if not np.isfinite(self.log_offset[~np.isnan(self.y)]).all():
            raise ValueError("every month with points needs a positive, finite volume")

    @property
    def is_known(self) -> npt.NDArray[np.bool_]:
        """Say where a source looked; shape (series, sources, months)."""
        return ~np.isnan(self.y)

    def of(self, chosen: slice | Sequence[int]) -> Sums:
        """Return some of the series."""
        return Sums(self.y[chosen], self.log_offset[chosen], self.unit)

    def to(self, months: int) -> Sums:
        """Return the first months."""
        return Sums(self.y[..., :months], self.log_offset[..., :months], self.unit)


@dataclass(frozen=True)
class Centre:
    """Where the prior of each series is centred.

    Attributes
    ----------
    log_mean
        Of the first source's points a month at volume one; shape (series,).
    effect
        Of each source relative to the first; shape (series, sources).
    log_dispersion
        Shape (series, sources).
    """

    log_mean: Floats
    effect: Floats
    log_dispersion: Floats


def centre(sums: Sums, power: float) -> Centre:
    """Return what the pooled means and the mean sizes say of each series.

    Half of a typical month is added to each sum, so that a series of zeros has a mean as well.
    """
    known = sums.is_known
    y = np.where(known, sums.y, 0.0)
    volume = np.where(known, np.exp(np.where(known, sums.log_offset, 0.0)), 0.0)
    n_positive = (y > 0).sum(axis=2)
    size = np.where(n_positive > 0, y.sum(axis=2) / np.maximum(n_positive, 1), sums.unit)
    # A source that never looked has no mean: that of half a typical act in one month stands for it.
    total = np.where(known.any(axis=2), volume.sum(axis=2), 1.0)
    log_mean = np.log((y.sum(axis=2) + 0.5 * size) / total)
    # phi = size / ((2-p) mu^(p-1)), where the mean is that of a month and not of a unit of volume.
    typical = log_mean + np.log(total / np.maximum(known.sum(axis=2), 1))
    log_dispersion = np.log(size) - np.log(2 - power) - (power - 1) * typical
    return Centre(log_mean[:, 0], log_mean - log_mean[:, :1], log_dispersion)
