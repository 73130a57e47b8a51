"""The outlook: sums of the months ahead and the odds of a month, from an equal mix of two models.

One model is the past itself, each month counting half as much as one two years later; the other is
the level of relations. The ends of the intervals are set by adaptive conformal inference: where
past intervals held too little, the next ones are wider.

References
----------
Gibbs, I. and Candes, E. (2021). Adaptive conformal inference under distribution shift. Advances in
Neural Information Processing Systems 34, 1660-1672, equation 2.
Stone, M. (1961). The opinion pool. Annals of Mathematical Statistics 32, 1339-1342.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from detente.statistics.forecasting.predictive import Predictive
from detente.statistics.forecasting.scores import crps
from detente.statistics.samples import FloatArray

PAST, LEVEL, MIX = "decayed past", "level model", "equal mix"
MODELS = (PAST, LEVEL, MIX)
HALF_LIFE_MONTHS = 24.0
LEVELS = (0.5, 0.8, 0.95)
# How fast the intervals learn from those that failed.
RATE = 0.02
# A share below zero stands for an interval that should be wider than all points.
_WIDEST, _NARROWEST = -0.2, 0.9


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is forecast.

    Attributes
    ----------
    name
        ``"month"``, or ``"sum_3m"`` and the like.
    horizon
        Months ahead to the last one of the target.
    is_sum
        Whether all months up to the horizon are summed up.
    """

    name: str
    horizon: int
    is_sum: bool

    @property
    def length(self) -> int:
        """Months that are summed up."""
        return self.horizon if self.is_sum else 1

    def of_path(self, path: FloatArray) -> FloatArray:
        """Return the target of paths by month; shape (..., horizon, draws) to (..., draws)."""
        ahead = path[..., : self.horizon, :]
        return np.asarray(ahead.sum(axis=-2) if self.is_sum else ahead[..., -1, :])

    def observed(self, values: FloatArray, origins: NDArray[np.int64]) -> FloatArray:
        """Return the outcome of the target after each origin.

        Parameters
        ----------
        values
            The series, shape (months,), in points.
        origins
            Position of the last month known at each origin, shape (origins,).

        Returns
        -------
        ndarray
            Shape (origins,); NaN where the outcome is not yet known.
        """
        windows = sliding_window_view(values, self.length).sum(axis=1)
        firsts = origins + 1 + self.horizon - self.length
        known = firsts < len(windows)
        return np.where(known, windows[np.where(known, firsts, 0)], np.nan)


def targets(horizon: int) -> tuple[Target, ...]:
    """Return what is forecast: months ahead, and sums of three and six within the horizon."""
    months = tuple(Target(name="month", horizon=one, is_sum=False) for one in range(1, horizon + 1))
    sums = tuple(
        Target(name=f"sum_{one}m", horizon=one, is_sum=True) for one in (3, 6) if one <= horizon
    )
    return months + sums


def decayed_past(values: FloatArray, origin: int, length: int, n_points: int) -> FloatArray:
    """Return equally likely points of the past's windows, weights halved every 24 months.

    Parameters
    ----------
    values
        The series by month.
    origin
        Place of the last month known.
    length
        Months of a window, whose values are summed up.
    n_points
        How many points.
    """
    windows = sliding_window_view(values[: origin + 1], length).sum(axis=1)
    weight = 0.5 ** (np.arange(len(windows))[::-1] / HALF_LIFE_MONTHS)
    order = np.argsort(windows, kind="stable")
    reached = np.cumsum(weight[order])
    wanted = (np.arange(n_points) + 0.5) / n_points * reached[-1]
    return np.asarray(windows[order][np.searchsorted(reached, wanted)])


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """Forecasts of one target from every origin.

    Attributes
    ----------
    target
        What is forecast.
    origins
        Places of the last months known; the last one is now.
    forecasts
        By model; points of shape (origins, n).
    observed
        The outcomes; NaN where it is not yet known; shape (origins,).
    share_outside
        By nominal level, what share of the mix the interval at an origin leaves outside so that
        intervals hold as much as they promise; shape (origins,).
    """

    target: Target
    origins: NDArray[np.int64]
    forecasts: Mapping[str, Predictive]
    observed: FloatArray
    share_outside: Mapping[float, FloatArray]

    def interval(self, level: float, place: int = -1) -> tuple[float, float]:
        """Return the calibrated interval of the mix at an origin.

        Parameters
        ----------
        level
            Nominal coverage, for instance 0.8.
        place
            Of the origin, from 0; -1 is the forecast from the last month.

        Returns
        -------
        lower, upper
            In the unit of the series.
        """
        points = self.forecasts[MIX].points[place]
        return _ends(points, float(self.share_outside[level][place]))

    def fails(self, outside: float, place: int) -> bool:
        """Say whether an interval of the mix that leaves a share outside misses the outcome."""
        low, high = _ends(self.forecasts[MIX].points[place], outside)
        return not low <= self.observed[place] <= high

    def held(self, level: float) -> NDArray[np.bool_]:
        """Return whether the calibrated interval contained the outcome, by known origin."""
        known = np.flatnonzero(~np.isnan(self.observed))
        share = self.share_outside[level]
        failed = [self.fails(float(share[place]), int(place)) for place in known]
        return ~np.array(failed, dtype=bool)

    def scaled(self, unit: float) -> Outlook:
        """Return the same outlook in a unit so many times smaller."""
        return replace(
            self,
            forecasts={
                name: Predictive(points=unit * one.points) for name, one in self.forecasts.items()
            },
            observed=unit * self.observed,
        )

    def odds(self) -> tuple[float, float, float]:
        """Return the probabilities of conflict, of nothing, and of cooperation, now."""
        points = self.forecasts[MIX].points[-1]
        return (
            float((points < 0).mean()),
            float((points == 0).mean()),
            float((points > 0).mean()),
        )

    def crps(self, model: str) -> FloatArray:
        """Return a model's CRPS, in the unit of the series, by known origin."""
        known = ~np.isnan(self.observed)
        points = Predictive(points=self.forecasts[model].points[known])
        return crps(points, self.observed[known])

    def raw_coverage(self, model: str, level: float) -> NDArray[np.bool_]:
        """Say at which known origins the model's own interval held the outcome."""
        known = ~np.isnan(self.observed)
        points = Predictive(points=self.forecasts[model].points[known])
        return points.holds(self.observed[known], level)


def outlooks(
    values: FloatArray, paths: FloatArray, origins: NDArray[np.int64], wanted: Sequence[Target]
) -> list[Outlook]:
    """Forecast what is wanted of a series.

    Parameters
    ----------
    values
        Net points by month; shape (months,).
    paths
        What the level model expects of the months after each origin; shape (origins, horizon,
        draws).
    origins
        Places of the last months known, in order.
    wanted
        Months ahead, and sums of the next ones.

    Returns
    -------
    list
        By target the forecasts of the past, the level and their mix at every origin, in points. The
        intervals of single months learn together, and so do those of sums.
    """
    plain = [_uncalibrated(values, paths, origins, target) for target in wanted]
    shares = {
        (is_sum, level): adapted([one for one in plain if one.target.is_sum == is_sum], 1 - level)
        for is_sum in {target.is_sum for target in wanted}
        for level in LEVELS
    }
    return [
        replace(one, share_outside={level: shares[one.target.is_sum, level] for level in LEVELS})
        for one in plain
    ]


def _uncalibrated(
    values: FloatArray, paths: FloatArray, origins: NDArray[np.int64], target: Target
) -> Outlook:
    by_level = target.of_path(paths)
    n_points = by_level.shape[-1]
    by_past = np.stack([decayed_past(values, int(one), target.length, n_points) for one in origins])
    return Outlook(
        target=target,
        origins=origins,
        forecasts={
            PAST: Predictive.of(by_past),
            LEVEL: Predictive.of(by_level),
            MIX: Predictive.of(np.concatenate([by_past, by_level], axis=-1)),
        },
        observed=target.observed(values, origins),
        share_outside={},
    )


def adapted(together: Sequence[Outlook], outside: float, rate: float = RATE) -> FloatArray:
    """Return what share of each distribution an interval is to leave outside.

    Forecasts of neighbouring months fail for the same reasons. Learning apart, one of six horizons
    would often have an interval several times as wide as the next one's.

    Parameters
    ----------
    together
        Outlooks from the same origins, one a month in order, whose intervals learn as one.
    outside
        The share that is meant to lie outside.
    rate
        By how much failures widen, relative to one.

    Returns
    -------
    ndarray
        Shape (origins,): a(t + 1) = a(t) + rate (outside - share of intervals that failed), over
        the outcomes that became known at t.
    """
    n_origins = len(together[0].origins)
    share = np.full(n_origins, outside)
    level = outside
    for place in range(n_origins):
        # An outcome is known when its last month has ended: only intervals that old can teach.
        failed = [
            one.fails(float(share[taught]), taught)
            for one in together
            if (taught := place - one.target.horizon) >= 0 and not np.isnan(one.observed[taught])
        ]
        if failed:
            level += rate * (outside - float(np.mean(failed)))
            level = float(np.clip(level, _WIDEST, _NARROWEST))
        share[place] = level
    return share


def _ends(points: FloatArray, outside: float) -> tuple[float, float]:
    cut = int(np.floor(outside / 2 * len(points) + 1e-9))
    cut = min(max(cut, 0), (len(points) - 1) // 2)
    return float(points[cut]), float(points[-1 - cut])
