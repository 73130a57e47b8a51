"""What is known of the state month by month, forward in time, and afterwards.

Before a month the state is taken as normal; with what the month brought, mean and variance are
computed by quadrature, and the next month starts from them (an assumed-density filter). The same
pass gives the probability of each month's data given the months before: the weights of the
parameters' values as they were at the time. The smoother goes back through the same normals.

References
----------
Kushner, H. J. and Budhiraja, A. S. (2000). A nonlinear filtering algorithm based on an
approximation of the conditional distribution. IEEE Transactions on Automatic Control 45, 580-585.
Rauch, H. E., Tung, F. and Striebel, C. T. (1965). Maximum likelihood estimates of linear dynamic
systems. AIAA Journal 3, 1445-1450.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detente.statistics.level import heavy_tails, tweedie
from detente.statistics.level.model import Prior, Sums
from detente.statistics.level.nodes import Nodes, normalised

Floats = npt.NDArray[np.float64]

_Z, _W = np.polynomial.hermite_e.hermegauss(9)
_LOG_W = np.log(_W) + 0.5 * _Z**2
_MIDDLE = len(_Z) // 2
_MOMENTS = np.stack([np.ones_like(_Z), _Z, _Z**2])
_NEWTON = 12
# How near to its mode a density has to be expanded: the quadrature makes good for the rest.
_NEAR = 1e-3
YEAR = 12
_YEAR_AGO = ("mean_year_ago", "variance_year_ago", "covariance_year_ago")


@dataclass(frozen=True)
class Now:
    """What is known of the state at the end of a month: all that the next month needs.

    Attributes
    ----------
    mean, variance
        Of the state at each node; shape (series, nodes).
    log_weight
        Log of prior, volume and density of the data so far; shape (series, nodes).
    """

    mean: Floats
    variance: Floats
    log_weight: Floats

    @property
    def weight(self) -> Floats:
        """Probability of each node; shape (series, nodes)."""
        return normalised(self.log_weight)


@dataclass(frozen=True)
class Filtered:
    """What is known of the state of each series, month by month.

    All of shape (months, series, nodes).

    Attributes
    ----------
    mean, variance
        Of the state with the months up to this one.
    mean_before, variance_before
        Of the state with the months before.
    variance_given
        Of the state with the months before, where this month tells how large its step was; the same
        as `variance_before` where steps are normal.
    log_weight
        Log of prior, volume and density of the data up to this month.
    log_weight_before
        The same up to the month before.
    mean_year_ago, variance_year_ago, covariance_year_ago
        Of the state twelve months ago with the months up to this one, and its covariance with the
        state now; NaN in the first twelve months.
    """

    mean: Floats
    variance: Floats
    mean_before: Floats
    variance_before: Floats
    variance_given: Floats
    log_weight: Floats
    log_weight_before: Floats
    mean_year_ago: Floats
    variance_year_ago: Floats
    covariance_year_ago: Floats

    @property
    def now(self) -> Now:
        """What is known at the end of the last month."""
        return Now(self.mean[-1], self.variance[-1], self.log_weight[-1])

    @property
    def log_evidence(self) -> Floats:
        """Log density of all data at each node, with prior and volume; shape (series, nodes)."""
        return np.asarray(self.log_weight[-1])


class Filter:
    """The filter at the nodes of some series.

    Parameters
    ----------
    nodes
        Values of the parameters.
    prior
        Of the first state.
    power
        Of the variance.
    """

    def __init__(self, nodes: Nodes, prior: Prior, power: float) -> None:
        self._nodes, self._prior, self._power = nodes, prior, power
        self._phi = np.exp(nodes.log_dispersion)
        self._step_variance = np.exp(2 * nodes.log_step)
        self._base = tweedie.log_base_of(power)
        freedom = prior.step_freedom
        self._scales = None if freedom is None else heavy_tails.parts(freedom)

    def run(self, sums: Sums) -> Filtered:
        """Filter all months forward, each by quadrature (Kushner and Budhiraja 2000).

        Parameters
        ----------
        sums
            Points and offsets, shape (series, sources, months).
        """
        shape = (sums.y.shape[2], *self._nodes.log_step.shape)
        kept = {name: np.full(shape, np.nan) for name in Filtered.__dataclass_fields__}
        past = _Past(shape[1:])
        data = self._data(np.moveaxis(sums.y, 2, 0), np.moveaxis(sums.log_offset, 2, 0))
        now: Now | None = None
        for month in range(shape[0]):
            before = self.before(now)
            of_month = data.of(month)
            now, given = _with(before, of_month), before
            if self._scales is not None and month > 0:
                now, given = self._heavy(before, of_month)
            past.move(given, now)
            kept["variance_given"][month] = given.variance
            for name in ("mean", "variance", "log_weight"):
                kept[f"{name}_before"][month] = getattr(before, name)
                kept[name][month] = getattr(now, name)
            if month >= YEAR:
                for name, values in zip(_YEAR_AGO, past.year_ago(), strict=True):
                    kept[name][month] = values
        return Filtered(**kept)

    def _heavy(self, before: Now, data: _Data) -> tuple[Now, Now]:
        """Update with steps of heavy tails; return also what was known given this month's step."""
        assert self._scales is not None

        def update(variance: Floats) -> tuple[Floats, Floats, Floats]:
            found = _with(Now(before.mean, variance, before.log_weight), data)
            return found.mean, found.variance, found.log_weight - before.log_weight

        mean, variance, density, scale = heavy_tails.filtered(
            update, before.variance, self._step_variance, self._scales
        )
        given = before.variance + (scale - 1.0) * self._step_variance
        return (
            Now(mean, variance, before.log_weight + density),
            Now(before.mean, given, before.log_weight),
        )

    def before(self, now: Now | None) -> Now:
        """Return what is known of a month's state before its data."""
        if now is not None:
            return Now(now.mean, now.variance + self._step_variance, now.log_weight)
        mean = np.repeat(self._nodes.log_mean[:, None], self._phi.shape[1], axis=1)
        variance = np.full_like(mean, self._prior.start_sd**2)
        return Now(mean, variance, self._nodes.log_weight)

    def update(self, before: Now, y: Floats, log_offset: Floats) -> Now:
        """Return what is known with a month's data.

        Parameters
        ----------
        before
            What is known before.
        y, log_offset
            Points and offsets; NaN where a source did not look; shape (series, sources).
        """
        return _with(before, self._data(y, log_offset))

    def _data(self, y: Floats, log_offset: Floats) -> _Data:
        """Return what months weigh at every node; y of shape (..., series, sources)."""
        known = ~np.isnan(y)[..., None, :]
        points = np.where(known, y[..., None, :], 0.0)
        added = self._nodes.effect + np.where(known, log_offset[..., None, :], 0.0)
        less, more = 1 - self._power, 2 - self._power
        base = self._base(points, self._phi)
        return _Data(
            (points * np.exp(less * added) / self._phi).sum(axis=-1),
            (known * np.exp(more * added) / self._phi).sum(axis=-1),
            np.where(known, base, 0.0).sum(axis=-1),
            self._power,
        )

    @property
    def phi(self) -> Floats:
        """Dispersions; shape (series, nodes, sources)."""
        return self._phi

    @property
    def power(self) -> float:
        """Power p of the Tweedie variance phi * mu^p, between 1 and 2."""
        return self._power

    @property
    def step_variance(self) -> Floats:
        """Variance of a month's step; shape (series, nodes)."""
        return self._step_variance


@dataclass(frozen=True)
class _Data:
    """What a month's data weigh at every node, all sources together; or those of many months.

    The log density of the data at a state is, but for the base, `points` exp((1-p) state) / (1-p)
    less `volume` exp((2-p) state) / (2-p).

    Attributes
    ----------
    points, volume, base
        Shape (series, nodes), or (months, series, nodes). Where no source looked, all are 0.
    power
        Of the variance.
    """

    points: Floats
    volume: Floats
    base: Floats
    power: float

    def of(self, month: int) -> _Data:
        """Return one of many months."""
        return _Data(self.points[month], self.volume[month], self.base[month], self.power)

    def moments(self, before: Now) -> tuple[Floats, Floats, Floats]:
        """Return mean and variance of the state with the data, and the data's log density.

        By quadrature around the mode of their product; each of shape (series, nodes).
        """
        less, more = 1 - self.power, 2 - self.power
        precision = 1 / before.variance
        peak, bend = self._mode(before.mean, precision)
        width = bend**-0.5
        # The nodes of the quadrature come first, so that each operation runs over all series.
        away = _Z[:, None, None] * width
        logs = (self.points * np.exp(less * peak) / less) * np.exp(less * away)
        logs -= (self.volume * np.exp(more * peak) / more) * np.exp(more * away)
        away += peak - before.mean
        away *= away
        away *= 0.5 * precision
        logs -= away
        logs += _LOG_W[:, None, None]
        # The density is highest near the middle: nothing overflows beside it.
        highest = logs[_MIDDLE].copy()
        logs -= highest
        total, first, second = (_MOMENTS @ np.exp(logs).reshape(len(_Z), -1)).reshape(
            3, *width.shape
        )
        z_mean = first / total
        z_variance = second / total - z_mean**2
        log_density = np.log(total * width) + highest - 0.5 * np.log(2 * np.pi * before.variance)
        return peak + width * z_mean, width**2 * z_variance, log_density + self.base

    def _mode(self, mean: Floats, precision: Floats) -> tuple[Floats, Floats]:
        less, more = 1 - self.power, 2 - self.power
        peak, climbs = mean, np.ones(mean.shape, dtype=bool)
        for _ in range(_NEWTON):
            points = self.points * np.exp(less * peak)
            means = self.volume * np.exp(more * peak)
            slope = points - means - precision * (peak - mean)
            bend = more * means - less * points + precision
            step = np.minimum(np.maximum(slope / bend, -2.0), 2.0)
            peak = peak + np.where(climbs, step, 0.0)
            climbs &= np.abs(step) >= _NEAR
            if not climbs.any():
                break
        return peak, bend


def _with(before: Now, data: _Data) -> Now:
    """Return what is known with a month's data."""
    # Where a source looked, the volume is positive.
    if not data.volume.any():
        return before
    mean, variance, log_density = data.moments(before)
    return Now(mean, variance, before.log_weight + log_density)


class _Past:
    """The states of the last twelve months with the months up to now: a fixed-lag smoother."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._mean, self._variance, self._covariance = np.zeros((3, YEAR + 1, *shape))
        self._oldest = 0

    def move(self, before: Now, now: Now) -> None:
        """Go on to the next month, which takes the place of the oldest."""
        # The state of a month ago and the new one differ by a step that is independent of it.
        gain = self._covariance / before.variance
        self._mean += gain * (now.mean - before.mean)
        self._variance += gain**2 * (now.variance - before.variance)
        np.multiply(gain, now.variance, out=self._covariance)
        newest = self._oldest
        self._mean[newest] = now.mean
        self._variance[newest] = self._covariance[newest] = now.variance
        self._oldest = (newest + 1) % (YEAR + 1)

    def year_ago(self) -> tuple[Floats, Floats, Floats]:
        """Return mean, variance and covariance with now of the state twelve months ago."""
        oldest = self._oldest
        return self._mean[oldest], self._variance[oldest], self._covariance[oldest]


def smooth(filtered: Filtered) -> tuple[Floats, Floats]:
    """Return mean and variance of each month's state given all months.

    The backward pass of Rauch, Tung and Striebel (1965, AIAA Journal 3, 1445-1450), at each node.

    Returns
    -------
    mean, variance
        Of the log level; shape (months, series, nodes).
    """
    mean, variance = filtered.mean.copy(), filtered.variance.copy()
    for month in range(len(mean) - 2, -1, -1):
        gain = filtered.variance[month] / filtered.variance_given[month + 1]
        mean[month] += gain * (mean[month + 1] - filtered.mean_before[month + 1])
        variance[month] += gain**2 * (variance[month + 1] - filtered.variance_given[month + 1])
    return mean, variance
