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

from detente.statistics.level import heavy, tweedie
from detente.statistics.level.model import Prior, Sums
from detente.statistics.level.nodes import Nodes, normalised

Floats = npt.NDArray[np.float64]

_Z, _W = np.polynomial.hermite_e.hermegauss(9)
_LOG_W = np.log(_W) + 0.5 * _Z**2
_NEWTON = 12
# How near to its mode a density has to be expanded: the quadrature makes good for the rest.
_NEAR = 1e-3
YEAR = 12


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
        self._scales = None if freedom is None else heavy.parts(freedom)

    def run(self, sums: Sums) -> Filtered:
        """Go through all months."""
        shape = (sums.y.shape[2], *self._nodes.log_step.shape)
        kept = {name: np.full(shape, np.nan) for name in Filtered.__dataclass_fields__}
        past = _Past(shape[1:])
        now: Now | None = None
        for month in range(shape[0]):
            before = self.before(now)
            now = self.update(before, sums.y[:, :, month], sums.log_offset[:, :, month])
            given = before
            if self._scales is not None and month > 0:
                now, given = self._heavy(before, sums.y[:, :, month], sums.log_offset[:, :, month])
            past.move(given, now)
            kept["variance_given"][month] = given.variance
            for name in ("mean", "variance", "log_weight"):
                kept[f"{name}_before"][month] = getattr(before, name)
                kept[name][month] = getattr(now, name)
            if month >= YEAR:
                kept["mean_year_ago"][month] = past.mean[YEAR]
                kept["variance_year_ago"][month] = past.variance[YEAR]
                kept["covariance_year_ago"][month] = past.covariance[YEAR]
        return Filtered(**kept)

    def _heavy(self, before: Now, y: Floats, log_offset: Floats) -> tuple[Now, Now]:
        """Update with steps of heavy tails; return also what was known given this month's step."""
        assert self._scales is not None

        def update(variance: Floats) -> tuple[Floats, Floats, Floats]:
            found = self.update(Now(before.mean, variance, before.log_weight), y, log_offset)
            return found.mean, found.variance, found.log_weight - before.log_weight

        mean, variance, density, scale = heavy.filtered(
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
        month = _Month(self, y, log_offset)
        if not month.known.any():
            return before
        mean, variance, log_density = month.moments(before)
        return Now(mean, variance, before.log_weight + log_density)

    def log_means(self, log_offset: Floats) -> Floats:
        """Return what is added to the state for each source; shape (series, nodes, sources)."""
        return np.asarray(self._nodes.effect + log_offset[:, None, :])

    @property
    def phi(self) -> Floats:
        """Dispersions; shape (series, nodes, sources)."""
        return self._phi

    @property
    def power(self) -> float:
        """Power of the variance."""
        return self._power

    @property
    def step_variance(self) -> Floats:
        """Variance of a month's step; shape (series, nodes)."""
        return self._step_variance

    def base(self, y: Floats) -> Floats:
        """Return the base of the density of points; shape (series, nodes, sources)."""
        return self._base(np.broadcast_to(y[:, None, :], self._phi.shape), self._phi)


class _Month:
    """The data of one month at every node."""

    def __init__(self, rule: Filter, y: Floats, log_offset: Floats) -> None:
        self.known = ~np.isnan(y)
        self.y = np.where(self.known, y, 0.0)
        self.power = rule.power
        self.share = self.known[:, None, :] / rule.phi
        self.points = self.y[:, None, :] * self.share
        self.added = rule.log_means(np.where(self.known, log_offset, 0.0))
        self.base = np.where(self.known[:, None, :], rule.base(self.y), 0.0).sum(axis=2)

    def moments(self, before: Now) -> tuple[Floats, Floats, Floats]:
        """Return mean, variance and log density of the data, by quadrature around the mode."""
        precision = 1 / before.variance
        peak, bend = self._mode(before.mean, precision)
        width = bend**-0.5
        at = peak[..., None] + width[..., None] * _Z
        log_mean = at[..., None, :] + self.added[..., None]
        shrunk = np.exp((1 - self.power) * log_mean)
        # The kernel of the density, over the sources.
        data = (
            self.points[..., None] * shrunk / (1 - self.power)
            - self.share[..., None] * shrunk * np.exp(log_mean) / (2 - self.power)
        ).sum(axis=2)
        logs = data - 0.5 * precision[..., None] * (at - before.mean[..., None]) ** 2 + _LOG_W
        highest = logs.max(axis=-1, keepdims=True)
        weights = np.exp(logs - highest)
        total = weights.sum(axis=-1)
        z_mean = (weights * _Z).sum(axis=-1) / total
        z_variance = (weights * _Z**2).sum(axis=-1) / total - z_mean**2
        log_density = (
            np.log(total * width) + highest[..., 0] - 0.5 * np.log(2 * np.pi * before.variance)
        )
        return peak + width * z_mean, width**2 * z_variance, log_density + self.base

    def _mode(self, mean: Floats, precision: Floats) -> tuple[Floats, Floats]:
        peak, climbs = mean, np.ones(mean.shape, dtype=bool)
        for _ in range(_NEWTON):
            log_mean = peak[..., None] + self.added
            shrunk = np.exp((1 - self.power) * log_mean)
            points, means = self.points * shrunk, self.share * shrunk * np.exp(log_mean)
            slope = (points - means).sum(axis=2) - precision * (peak - mean)
            bend = ((self.power - 1) * points + (2 - self.power) * means).sum(axis=2) + precision
            step = np.clip(slope / bend, -2.0, 2.0)
            peak = peak + np.where(climbs, step, 0.0)
            climbs &= np.abs(step) >= _NEAR
            if not climbs.any():
                break
        return peak, bend


class _Past:
    """The states of the last twelve months with the months up to now: a fixed-lag smoother."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.mean, self.variance, self.covariance = np.zeros((3, YEAR + 1, *shape))

    def move(self, before: Now, now: Now) -> None:
        """Go on to the next month."""
        # The state of a month ago and the new one differ by a step that is independent of it.
        gain = self.covariance / before.variance
        self.mean = self.mean + gain * (now.mean - before.mean)
        self.variance = self.variance + gain**2 * (now.variance - before.variance)
        self.covariance = gain * now.variance
        for kept, newest in (
            (self.mean, now.mean),
            (self.variance, now.variance),
            (self.covariance, now.variance),
        ):
            kept[1:] = kept[:-1]
            kept[0] = newest


def smooth(filtered: Filtered) -> tuple[Floats, Floats]:
    """Return mean and variance of each month's state with all months; (months, series, nodes)."""
    mean, variance = filtered.mean.copy(), filtered.variance.copy()
    for month in range(len(mean) - 2, -1, -1):
        gain = filtered.variance[month] / filtered.variance_given[month + 1]
        mean[month] += gain * (mean[month + 1] - filtered.mean_before[month + 1])
        variance[month] += gain**2 * (variance[month + 1] - filtered.variance_given[month + 1])
    return mean, variance
