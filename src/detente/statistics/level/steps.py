"""Step or drift: which way of moving explains the months of a relation best.

Five ways are compared by the probability that each gives to the same months of cooperation and
conflict, every parameter weighed by its prior (log marginal likelihoods):

- constant: one level throughout;
- one step, several steps: constant levels, with one change or two to four common to both signs, at
  unknown months; every partition into regimes of at least twelve months is equally likely;
- drift: the random walk of :mod:`detente.statistics.level.model`;
- drift with a jump: the walk, and one larger change in an unknown month.

References
----------
Kass, R. E. and Raftery, A. E. (1995). Bayes factors. JASA 90, 773-795.
Fearnhead, P. (2006). Exact and efficient Bayesian inference for multiple changepoint problems.
Statistics and Computing 16, 203-213 (the recursion over partitions).
de Jong, P. and Penzer, J. (1998). Diagnosing shocks in time series. JASA 93, 796-806 (the jump).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detente.statistics.level import tweedie
from detente.statistics.level.fit import Fit

Floats = npt.NDArray[np.float64]

CONSTANT, STEP, STEPS, DRIFT, JUMP = (
    "constant", "one step", "several steps", "drift", "drift with a jump",
)  # fmt: skip
WAYS = (CONSTANT, STEP, STEPS, DRIFT, JUMP)
SHORTEST_REGIME = 12
MOST_STEPS = 4
# Standard deviation of a jump of the log level.
JUMP_SD = 1.0
CLEAR = float(np.log(3))
_PHI_SPREAD = np.linspace(-1.05, 1.05, 7)
_NEWTON = 4


@dataclass(frozen=True)
class StepOrDrift:
    """How well each way of moving explains one dyad.

    Attributes
    ----------
    log_marginal
        Log marginal likelihood by way of moving.
    step
        Place of the last month before the likeliest single step, and the probability of that month
        if there is one step.
    jump
        The same of the likeliest jump, if the level drifts and jumps once.
    """

    log_marginal: dict[str, float]
    step: tuple[int, float]
    jump: tuple[int, float]

    @property
    def verdict(self) -> str:
        """The way that explains the months best."""
        return max(WAYS, key=lambda way: self.log_marginal[way])

    @property
    def lead(self) -> float:
        """By how much the log marginal likelihood of the best way exceeds that of the next."""
        first, second = sorted(self.log_marginal.values(), reverse=True)[:2]
        return first - second

    @property
    def is_step(self) -> bool:
        """Whether steps explain the months clearly better than drift, with a jump or not.

        Clearly: three times as well, below which a difference is "not worth more than a bare
        mention" (Kass and Raftery 1995, section 3.2).
        """
        steps = max(self.log_marginal[STEP], self.log_marginal[STEPS])
        others = max(self.log_marginal[way] for way in (CONSTANT, DRIFT, JUMP))
        return steps - others > CLEAR


def compare(cooperation: Fit, conflict: Fit, series: int) -> StepOrDrift | None:
    """Compare the ways of moving of one series; None where it is too short for two regimes.

    Parameters
    ----------
    cooperation, conflict
        Fits of the same series.
    series
        Place of the series.
    """
    n_months = cooperation.sums.y.shape[2]
    if n_months < 2 * SHORTEST_REGIME:
        return None
    signs = (cooperation, conflict)
    drift = sum(float(np.logaddexp.reduce(one.filtered.log_evidence[series])) for one in signs)
    by_number, step = _steps([_Regimes.of(one, series) for one in signs])
    gain, jump = _jump(signs, series)
    found = {
        CONSTANT: by_number[0],
        STEP: by_number[1],
        STEPS: float(np.logaddexp.reduce(by_number[2:]) - np.log(max(len(by_number) - 2, 1)))
        if len(by_number) > 2
        else -np.inf,
        DRIFT: drift,
        JUMP: drift + gain,
    }
    return StepOrDrift(found, step, jump)


@dataclass(frozen=True)
class _Regimes:
    """The months of one sign, as regimes of a constant level need them.

    Attributes
    ----------
    points, volume, base
        Running sums over the months and sources of what the density of a constant level depends on;
        shape (dispersions, months + 1).
    log_mean, prior_sd
        Prior of a regime's log level.
    log_prior
        Of each dispersion, with the distance between two; shape (dispersions,).
    power
        Of the variance.
    """

    points: Floats
    volume: Floats
    base: Floats
    log_mean: float
    log_prior: Floats
    power: float

    @classmethod
    def of(cls, one: Fit, series: int) -> _Regimes:
        power = one.rule.power
        weight = one.weight[series]
        effect = weight @ one.nodes.effect[series]
        middle = weight @ one.nodes.log_dispersion[series]
        known = one.sums.is_known[series]
        y = np.where(known, one.sums.y[series], 0.0)
        added = np.where(known, one.sums.log_offset[series], 0.0) + effect[:, None]
        points, volume, base = [], [], []
        for spread in _PHI_SPREAD:
            phi = np.exp(middle + spread)[:, None]
            shrunk = np.exp((1 - power) * added)
            points.append((known * y * shrunk / phi).sum(axis=0))
            volume.append((known * shrunk * np.exp(added) / phi).sum(axis=0))
            density = tweedie.log_base_of(power)(y, np.broadcast_to(phi, y.shape))
            base.append(np.where(known, density, 0.0).sum(axis=0))

        def summed(rows: list[Floats]) -> Floats:
            return np.cumsum(np.pad(np.stack(rows), ((0, 0), (1, 0))), axis=1)

        # The same prior of the dispersion as that of the drift (its sources move together here).
        sd = one.prior.log_dispersion_sd
        log_prior = -0.5 * ((middle[0] + _PHI_SPREAD - one.log_dispersion_centre[series]) / sd) ** 2
        log_prior += np.log(_PHI_SPREAD[1] - _PHI_SPREAD[0]) - np.log(sd * np.sqrt(2 * np.pi))
        log_mean = float(one.nodes.log_mean[series])
        return cls(summed(points), summed(volume), summed(base), log_mean, log_prior, power)

    def log_densities(self, start_sd: float) -> Floats:
        """Return the log density of each regime; shape (dispersions, first month, end).

        Laplace's approximation over the one level; -inf where a regime is too short.
        """
        n = self.points.shape[1]
        first, end = np.triu_indices(n, SHORTEST_REGIME)
        points, volume, base = (
            rows[:, end] - rows[:, first] for rows in (self.points, self.volume, self.base)
        )
        p, precision = self.power, start_sd**-2
        # From where the density alone is highest; where nothing happened, from the prior.
        start = np.log(np.maximum(points, 1e-12) / np.maximum(volume, 1e-12))
        level = np.where(points > 0, np.clip(start, self.log_mean - 6, None), self.log_mean - 1)
        for _ in range(_NEWTON):
            one, two = _parts(points, volume, level, p)
            slope = one - two - precision * (level - self.log_mean)
            bend = (p - 1) * one + (2 - p) * two + precision
            level = level + np.clip(slope / bend, -2.0, 2.0)
        one, two = _parts(points, volume, level, p)
        bend = (p - 1) * one + (2 - p) * two + precision
        log_density = one / (1 - p) - two / (2 - p) + base
        log_density += -0.5 * precision * (level - self.log_mean) ** 2
        log_density += 0.5 * np.log(precision) - 0.5 * np.log(bend)
        found = np.full((len(points), n, n), -np.inf)
        found[:, first, end] = log_density
        return found


def _parts(points: Floats, volume: Floats, level: Floats, p: float) -> tuple[Floats, Floats]:
    """Return the two parts of the slope of the log density in the level."""
    shrunk = np.exp((1 - p) * level)
    return points * shrunk, volume * shrunk * np.exp(level)


def _steps(signs: list[_Regimes], start_sd: float = 1.5) -> tuple[list[float], tuple[int, float]]:
    """Return log marginal likelihoods by the number of steps, and the likeliest single step."""
    densities = [one.log_densities(start_sd) for one in signs]
    n_ends = densities[0].shape[2]
    n_months = n_ends - 1
    # Every pair of dispersions: those of cooperation in rows, those of conflict in columns.
    log_prior = signs[0].log_prior[:, None] + signs[1].log_prior[None, :]
    reached = densities[0][:, None, 0] + densities[1][None, :, 0]
    counted = np.where(np.arange(n_ends) >= SHORTEST_REGIME, 0.0, -np.inf)
    found = [float(np.logaddexp.reduce(reached[:, :, n_months] + log_prior, axis=None))]
    step = (0, 0.0)
    for number in range(1, min(MOST_STEPS, n_months // SHORTEST_REGIME - 1) + 1):
        if number == 1:
            whole = (
                reached + densities[0][:, None, :, n_months] + densities[1][None, :, :, n_months]
            )
            by_month = np.logaddexp.reduce(whole + log_prior[..., None], axis=(0, 1))
            place = int(by_month.argmax())
            step = (place - 1, float(np.exp(by_month[place] - np.logaddexp.reduce(by_month))))
        longer, more = np.full_like(reached, -np.inf), np.full(n_ends, -np.inf)
        for end in range((number + 1) * SHORTEST_REGIME, n_ends):
            firsts = slice(number * SHORTEST_REGIME, end - SHORTEST_REGIME + 1)
            last = densities[0][:, None, firsts, end] + densities[1][None, :, firsts, end]
            longer[:, :, end] = _log_sum(reached[:, :, firsts] + last)
            more[end] = np.logaddexp.reduce(counted[firsts])
        reached, counted = longer, more
        total = np.logaddexp.reduce(reached[:, :, n_months] + log_prior, axis=None)
        # Every partition into so many regimes is equally likely.
        found.append(float(total - counted[n_months]))
    return found, step


def _log_sum(values: Floats) -> Floats:
    highest = values.max(axis=-1, keepdims=True)
    safe = np.where(np.isfinite(highest), highest, 0.0)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.exp(values - safe).sum(axis=-1)) + safe[..., 0])


def _jump(signs: tuple[Fit, Fit], series: int) -> tuple[float, tuple[int, float]]:
    """Return what a jump adds to the log marginal likelihood of drift, and the likeliest one."""
    gains = np.zeros(len(signs[0].filtered.mean) - 1)
    for one in signs:
        found = one.filtered
        mean, variance = found.mean_before[1:, series], found.variance_before[1:, series]
        later_mean = one.smoothed_mean[1:, series]
        later_variance = one.smoothed_variance[1:, series]
        # What the months from here on say of the state: the smoothed state without the ones before.
        precision = np.maximum(1 / later_variance - 1 / variance, 1e-12)
        later = (later_mean / later_variance - mean / variance) / precision
        apart, spread = (mean - later) ** 2, variance + 1 / precision
        logs = 0.5 * (np.log(spread) - np.log(spread + JUMP_SD**2))
        logs += 0.5 * apart * (1 / spread - 1 / (spread + JUMP_SD**2))
        gains += np.logaddexp.reduce(np.log(one.weight[series] + 1e-300) + logs, axis=-1)
    total = np.logaddexp.reduce(gains)
    place = int(gains.argmax())
    return float(total - np.log(len(gains))), (place, float(np.exp(gains[place] - total)))
