"""What a reader is shown of the states: level, tone, direction and surprise, month by month.

    level     = exp(eta+) - exp(eta-), in points a month (or a month and thousand events)
    tone      = (exp(eta+) - exp(eta-)) / (exp(eta+) + exp(eta-)), in [-1, 1]
    direction = P(level now > level twelve months ago)
    surprise  = how improbable the month's net points were, given the months before

Medians and bands are of draws from the mixture over the parameters' values. The draws are the same
quasi-random points for every month and series, so that a result depends on nothing but its data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.stats import norm, qmc

from detente.statistics.level import tweedie
from detente.statistics.level.filtering import YEAR
from detente.statistics.level.fit import Fit
from detente.statistics.level.nodes import normalised

Floats = npt.NDArray[np.float64]

_QUANTILES = (0.025, 0.1, 0.5, 0.9, 0.975)
_LOG2_DRAWS = 9
_DRAWS_TOGETHER = 1 << 15


@dataclass(frozen=True)
class Summary:
    """What is reported of each series in each month; all of shape (months, series).

    Attributes
    ----------
    level, tone
        Quantiles 0.025, 0.1, 0.5, 0.9 and 0.975, one more axis in front.
    p_higher
        Probability that the level is higher than so many months before, by their number; NaN in
        the first so many months. Shape (months, series).
    """

    level: Floats
    tone: Floats
    p_higher: dict[int, Floats]


@dataclass(frozen=True)
class Month:
    """What was expected of each month, and how surprising its net points were.

    All of shape (months, series).

    Attributes
    ----------
    predicted, predicted_sd
        Mean and standard deviation of the month's net points given the months before.
    pit
        Probability of less than the observed value, and half of that of exactly this value.
    tie
        Probability of exactly the observed value: a lump where nothing happened.
    surprise
        Probability of something at least as far out on the same side, both sides counted.
    """

    predicted: Floats
    predicted_sd: Floats
    pit: Floats
    tie: Floats
    surprise: Floats


@lru_cache(maxsize=8)
def points(dimensions: int, log2_draws: int) -> Floats:
    """Return scrambled Sobol points of the unit cube, the same ones each time.

    Returns
    -------
    ndarray
        Shape (dimensions, 2 ** log2_draws).
    """
    sobol = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(20))
    return np.ascontiguousarray(sobol.random_base2(log2_draws).T)


def chosen_nodes(weight: Floats, u: Floats) -> npt.NDArray[np.intp]:
    """Return the node that each draw takes; shape (..., draws) for weights of (..., nodes)."""
    cumulated = np.cumsum(weight, axis=-1)
    cumulated /= cumulated[..., -1:]
    # How many draws take a node or one before it: one search among the draws, which are few.
    order = np.argsort(u)
    taken = np.searchsorted(u[order], cumulated, side="right")
    taken[..., -1] = len(u)
    times = np.diff(taken, axis=-1, prepend=0)
    node = np.broadcast_to(np.arange(weight.shape[-1]), times.shape)
    by_size = np.repeat(node.ravel(), times.ravel()).reshape(*weight.shape[:-1], len(u))
    return np.asarray(by_size[..., np.argsort(order)])


def filtered_summary(cooperation: Fit, conflict: Fit, log2_draws: int = _LOG2_DRAWS) -> Summary:
    """Return level and tone of each month given the months up to its end.

    Parameters
    ----------
    cooperation, conflict
        Fits of the two signs of the same series.
    log2_draws
        Logarithm to base 2 of the number of draws behind the bands.
    """
    states = []
    for one in (cooperation, conflict):
        found = one.filtered
        states.append(
            (
                one.weight_by_month,
                (found.mean, found.variance),
                {YEAR: (found.mean_year_ago, found.variance_year_ago, found.covariance_year_ago)},
            )
        )
    return _summary(states, log2_draws)


def smoothed_summary(
    cooperation: Fit,
    conflict: Fit,
    log2_draws: int = _LOG2_DRAWS,
    lags: Sequence[int] = (YEAR,),
) -> Summary:
    """Return what is known of each month afterwards.

    Parameters
    ----------
    lags
        Months between which levels are compared.
    """
    states = []
    for one in (cooperation, conflict):
        mean, variance = one.smoothed_mean, one.smoothed_variance
        weight = one.weight[None]  # the same in every month
        gain = one.filtered.variance[:-1] / one.filtered.variance_given[1:]
        logs = np.concatenate([np.zeros((1, *gain.shape[1:])), np.cumsum(np.log(gain), axis=0)])
        before = {}
        for lag in lags:
            ago = np.full((3, *mean.shape), np.nan)
            if len(mean) > lag:
                ago[0, lag:], ago[1, lag:] = mean[:-lag], variance[:-lag]
                ago[2, lag:] = np.exp(logs[lag:] - logs[:-lag]) * variance[lag:]
            before[lag] = (ago[0], ago[1], ago[2])
        states.append((weight, (mean, variance), before))
    return _summary(states, log2_draws)


# Weights of the nodes, means and variances now, and by lag those before with the covariance.
_States = tuple[Floats, tuple[Floats, Floats], dict[int, tuple[Floats, Floats, Floats]]]


def _summary(states: list[_States], log2_draws: int) -> Summary:
    signs = [_Drawer(sign, of_sign, log2_draws) for sign, of_sign in enumerate(states)]
    n_months, n_series = states[0][1][0].shape[:2]
    shape = (n_months, n_series)
    level, tone = np.empty((2, len(_QUANTILES), *shape))
    higher = {lag: np.empty(shape) for lag in states[0][2]}
    # Some months at a time: their draws fit the processor's cache.
    apart = max(1, _DRAWS_TOGETHER // (n_series << log2_draws))
    for start in range(0, n_months, apart):
        months = slice(start, start + apart)
        (friendly, friendly_ago), (hostile, hostile_ago) = (one.draw(months) for one in signs)
        now = friendly - hostile
        level[:, months] = _quantiles(now)
        tone[:, months] = _quantiles(now / (friendly + hostile))
        for lag, share in higher.items():
            ago = friendly_ago[lag] - hostile_ago[lag]
            share[months] = np.where(np.isnan(ago[..., 0]), np.nan, (now > ago).mean(axis=-1))
    return Summary(level, tone, higher)


class _Drawer:
    """Draws a sign's expected points of months, and of the months some lags before them."""

    def __init__(self, sign: int, states: _States, log2_draws: int) -> None:
        self._weight, (self._mean, variance), by_lag = states
        uniform = points(6, log2_draws)
        self._u = uniform[sign]
        self._z, self._z_ago = norm.ppf(uniform[2 + sign]), norm.ppf(uniform[4 + sign])
        self._deviation = np.sqrt(variance)
        # Given the state now, the one before is normal around a line.
        self._ago = {}
        for lag, (mean, variance_ago, covariance) in by_lag.items():
            slope = covariance / self._deviation
            left = np.sqrt(np.maximum(variance_ago - slope**2, 0.0))
            self._ago[lag] = (mean, slope, left)

    def draw(self, months: slice) -> tuple[Floats, dict[int, Floats]]:
        """Return draws of some months, and by lag of those before; (months, series, draws)."""
        mean = self._mean[months]
        weight = self._weight[months] if len(self._weight) > 1 else self._weight
        # Where each draw's node stands among the values of all months and series.
        firsts = np.arange(0, mean.size, mean.shape[2]).reshape(*mean.shape[:2], 1)
        node = chosen_nodes(weight, self._u) + firsts
        now = np.exp(np.take(mean, node) + np.take(self._deviation[months], node) * self._z)
        before = {}
        for lag, values in self._ago.items():
            ago, slope, left = (np.take(one[months], node) for one in values)
            before[lag] = np.exp(ago + slope * self._z + left * self._z_ago)
        return now, before


def _quantiles(draws: Floats) -> Floats:
    """Return quantiles along the last axis, in front; sorted whole, a fifth of np.quantile's time.

    Between two draws on the line that joins them: definition 7 of Hyndman, R. and Fan, Y. (1996).
    Sample quantiles in statistical packages. The American Statistician 50, 361-365.
    """
    ordered = np.moveaxis(np.sort(draws, axis=-1), -1, 0)
    place = np.array(_QUANTILES) * (len(ordered) - 1)
    low = np.minimum(place.astype(int), len(ordered) - 2)
    share = (place - low).reshape(-1, *[1] * (draws.ndim - 1))
    found = ordered[low] + share * (ordered[low + 1] - ordered[low])
    return np.where(np.isnan(ordered[-1]), np.nan, found)


def months(
    cooperation: Fit, conflict: Fit, source: int = 0, log2_draws: int = _LOG2_DRAWS, last: int = 0
) -> Month:
    """Return what was expected of a source's net points in each month.

    Parameters
    ----------
    cooperation, conflict
        Fits of the same series.
    source
        Place of the source.
    last
        Only that many last months; 0 for all.
    """
    first = max(0, cooperation.sums.y.shape[2] - last) if last else 0
    expected = [_expected(one, source, first) for one in (cooperation, conflict)]
    mean = expected[0][0] - expected[1][0]
    deviation = np.sqrt(expected[0][1] + expected[1][1])
    net = (cooperation.sums.y - conflict.sums.y)[:, source, first:].T
    below, same = np.empty((2, *net.shape))
    drawers = [
        _Expected(sign, one, source, first, log2_draws)
        for sign, one in enumerate((cooperation, conflict))
    ]
    for series in range(net.shape[1]):
        friendly, hostile = (one.draw(series) for one in drawers)
        draws, seen = friendly - hostile, net[:, series, None]
        below[:, series] = (draws < seen).mean(axis=-1)
        same[:, series] = (draws == seen).mean(axis=-1)
    n = 1 << log2_draws
    # A draw more than there are: what lies outside all of them is rare, not impossible.
    low, high = ((below + same) * n + 1) / (n + 1), ((1 - below) * n + 1) / (n + 1)
    known = ~np.isnan(net)
    return Month(
        np.where(known, mean, np.nan),
        np.where(known, deviation, np.nan),
        np.where(known, below + same / 2, np.nan),
        np.where(known, same, np.nan),
        np.where(known, np.minimum(1.0, 2 * np.minimum(low, high)), np.nan),
    )


def surprises(cooperation: Fit, conflict: Fit, source: int = 0) -> Floats:
    """Return a source's net points less what was expected of them given the months before.

    Drift is taken out: a month is measured against the level that the months before tell of.

    Returns
    -------
    ndarray
        Shape (series, months), in points; NaN where the source did not look.
    """
    expected = [_expected(one, source, 0)[0] for one in (cooperation, conflict)]
    net = (cooperation.sums.y - conflict.sums.y)[:, source]
    return np.asarray(net - (expected[0] - expected[1]).T)


def _before(one: Fit, first: int) -> tuple[Floats, Floats, Floats]:
    found = one.filtered
    return (
        normalised(found.log_weight_before[first:]),
        found.mean_before[first:],
        found.variance_before[first:],
    )


def _expected(one: Fit, source: int, first: int) -> tuple[Floats, Floats]:
    """Return mean and variance of a source's points given the months before."""
    weight, mean, variance = _before(one, first)
    offset = one.sums.log_offset[:, source, first:].T[..., None]
    added = mean + one.nodes.effect[:, :, source] + offset
    power, phi = one.rule.power, one.rule.phi[:, :, source]
    # Moments of exp(normal); far out, where they would overflow, they tell nothing anyway.
    first_moment = np.exp(np.minimum(added + variance / 2, 300.0))
    second = np.exp(np.minimum(2 * added + 2 * variance, 600.0))
    noise = phi * np.exp(np.minimum(power * added + power**2 * variance / 2, 600.0))
    expected = (weight * first_moment).sum(axis=-1)
    spread = (weight * (second + noise)).sum(axis=-1) - expected**2
    return np.asarray(expected), np.asarray(spread)


class _Expected:
    """Draws a source's points of each month given the months before."""

    def __init__(self, sign: int, one: Fit, source: int, first: int, log2_draws: int) -> None:
        uniform = points(4, log2_draws)
        self._sign, self._one, self._source = sign, one, source
        self._u, self._z = uniform[sign], norm.ppf(uniform[2 + sign])
        self._weight, self._mean, variance = _before(one, first)
        self._deviation = np.sqrt(variance)
        offset = one.sums.log_offset[:, source, first:]
        self._offset = np.where(np.isnan(offset), 0.0, offset)

    def draw(self, series: int) -> Floats:
        """Return draws of one series; shape (months, draws)."""
        node = chosen_nodes(self._weight[:, series], self._u)
        mean, deviation = (
            np.take_along_axis(one[:, series], node, -1) for one in (self._mean, self._deviation)
        )
        phi = self._one.rule.phi[series, :, self._source][node]
        effect = self._one.nodes.effect[series, :, self._source][node]
        log_mean = self._offset[series, :, None] + effect + (mean + deviation * self._z)
        # A generator a series, so that it does not matter which others are drawn beside it.
        rng = np.random.default_rng([self._sign, 7])
        return tweedie.draw(rng, np.minimum(log_mean, 300.0), phi, self._one.rule.power)


@dataclass(frozen=True)
class Change:
    """A rise or fall of the level.

    Attributes
    ----------
    first, last
        Places of the months between which it happened.
    before, after
        Levels at both.
    probability
        That the level at the end is higher, or for a fall that it is lower.
    """

    first: int
    last: int
    before: float
    after: float
    probability: float

    @property
    def is_rise(self) -> bool:
        """Whether the level rose."""
        return self.after > self.before


def changes(
    found: Summary,
    lag: int,
    series: int,
    probability: float = 0.95,
    is_known: npt.NDArray[np.bool_] | None = None,
) -> list[Change]:
    """Return the spans between whose ends the level surely differs, in order of time.

    Parameters
    ----------
    found
        What is known afterwards, with levels `lag` months apart compared among others.
    lag
        Months of a span.
    series
        Place of the series.
    probability
        How surely the level differs. Of each run of such spans the one with the largest difference
        is returned.
    is_known
        Which months were seen; all if None. No span begins or ends in another one, of which the
        model only says what its neighbours let expect.
    """
    level = found.level[2, :, series]
    higher = np.nan_to_num(found.p_higher[lag][:, series], nan=0.5)
    if is_known is not None:
        both = is_known.copy()
        both[lag:] &= is_known[: len(is_known) - lag]
        higher = np.where(both, higher, 0.5)
    way = np.where(higher >= probability, 1, np.where(higher <= 1 - probability, -1, 0))
    cuts = np.flatnonzero(np.diff(way)) + 1
    runs = zip([0, *cuts], [*cuts, len(way)], strict=True)
    kept = []
    for start, stop in runs:
        if way[start] == 0:
            continue
        apart = np.abs(level[start:stop] - level[start - lag : stop - lag])
        last = start + int(apart.argmax())
        sure = float(higher[last] if way[start] > 0 else 1 - higher[last])
        kept.append(Change(last - lag, last, float(level[last - lag]), float(level[last]), sure))
    return kept
