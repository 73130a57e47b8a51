"""Step or drift: which way of moving explains the months of a relation best.

Five ways are compared by the probability that each gives to the same months of cooperation and
conflict, every parameter weighed by its prior (log marginal likelihoods):

- constant: one level throughout;
- one step, several steps: constant levels, with one change or two to four common to both signs, at
  unknown months; every partition into regimes of at least twelve months is equally likely;
- drift: the random walk of ``detente.statistics.level.model``;
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
# Ends whose sums are made together, few enough for the processor's cache.
_ENDS = 32
_NEWTON, _CLOSE = 20, 1e-3


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


def compare(cooperation: Fit, conflict: Fit, series: int, every: int = 1) -> StepOrDrift | None:
    """Compare the ways of moving of one series; None where it is too short for two regimes.

    Parameters
    ----------
    cooperation, conflict
        Fits of the same series.
    series
        Place of the series.
    every
        Months between two possible ends of a regime, counted from the last month; a divisor of
        twelve. With 3 the work is a ninth, and a step lies at the end of a quarter.
    """
    n_months = cooperation.sums.y.shape[2]
    if n_months < 2 * SHORTEST_REGIME:
        return None
    signs = (cooperation, conflict)
    drift = sum(float(np.logaddexp.reduce(one.filtered.log_evidence[series])) for one in signs)
    ends = possible_ends(n_months, every)
    by_number, step = _steps(
        [_Regimes.of(one, series, ends) for one in signs], SHORTEST_REGIME // every
    )
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
    return StepOrDrift(found, (int(ends[step[0] + 1]) - 1, step[1]), jump)


def possible_ends(n_months: int, every: int) -> npt.NDArray[np.intp]:
    """Return after how many months a regime may end, 0 and all among them.

    Counted back from the last month; the first stretch takes the months that are left over.
    """
    ends = np.arange(n_months % every, n_months + 1, every)
    return np.concatenate([[0], ends[1:]])


@dataclass(frozen=True)
class _Regimes:
    """The months of one sign, as regimes of a constant level need them.

    Attributes
    ----------
    points, volume, base
        Running sums over the months and sources of what the density of a constant level depends on,
        up to each possible end; shape (dispersions, ends).
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
    def of(cls, one: Fit, series: int, ends: npt.NDArray[np.intp]) -> _Regimes:
        power = one.rule.power
        weight = one.weight[series]
        effect = weight @ one.nodes.effect[series]
        middle = weight @ one.nodes.log_dispersion[series]
        known = one.sums.is_known[series]
        y = np.where(known, one.sums.y[series], 0.0)
        added = np.where(known, one.sums.log_offset[series], 0.0) + effect[:, None]
        # By dispersion, source and month.
        phi = np.exp(middle + _PHI_SPREAD[:, None])[:, :, None]
        shrunk = np.exp((1 - power) * added)
        points = (known * y * shrunk / phi).sum(axis=1)
        volume = (known * shrunk * np.exp(added) / phi).sum(axis=1)
        base = np.where(known, tweedie.log_base_of(power)(y, phi), 0.0).sum(axis=1)

        def summed(rows: Floats) -> Floats:
            return np.cumsum(np.pad(rows, ((0, 0), (1, 0))), axis=1)[:, ends]

        # The same prior of the dispersion as that of the drift (its sources move together here).
        sd = one.prior.log_dispersion_sd
        log_prior = -0.5 * ((middle[0] + _PHI_SPREAD - one.log_dispersion_centre[series]) / sd) ** 2
        log_prior += np.log(_PHI_SPREAD[1] - _PHI_SPREAD[0]) - np.log(sd * np.sqrt(2 * np.pi))
        log_mean = float(one.nodes.log_mean[series])
        return cls(summed(points), summed(volume), summed(base), log_mean, log_prior, power)

    def log_densities(self, start_sd: float, shortest: int) -> Floats:
        """Return the log density of each regime; shape (dispersions, first month, end).

        Laplace's approximation over the one level; -inf where a regime is too short.
        """
        n = self.points.shape[1]
        first, end = np.triu_indices(n, shortest)
        found = np.full((len(self.points), n, n), -np.inf)
        level = self._start(*(one[0, end] - one[0, first] for one in (self.points, self.volume)))
        # One dispersion at a time: its regimes fit the processor's cache, and the levels of the
        # ones before lead close to its own.
        moved = np.zeros_like(level)
        for place, rows in enumerate(zip(self.points, self.volume, self.base, strict=True)):
            points, volume, base = (one[end] - one[first] for one in rows)
            before = level.copy()
            level += moved
            found[place, first, end] = base + self._maximise(level, points, volume, start_sd**-2)
            if place:
                moved = level - before
        return found

    def _start(self, points: Floats, volume: Floats) -> Floats:
        """Return where the data alone are likeliest; where nothing happened, where the prior is."""
        likeliest = np.log(np.maximum(points, 1e-12) / np.maximum(volume, 1e-12))
        floor = np.clip(likeliest, self.log_mean - 6, None)
        return np.where(points > 0, floor, self.log_mean - 1)

    def _maximise(self, level: Floats, points: Floats, volume: Floats, precision: float) -> Floats:
        """Move levels to the highest density by Newton's steps, as many as each regime needs.

        Returns Laplace's approximation there, without the base.
        """
        p = self.power
        density = np.empty_like(level)
        moving: slice | npt.NDArray[np.intp] = slice(None)
        for _ in range(_NEWTON):
            at = level[moving]
            one, two = _parts(points[moving], volume[moving], at, p)
            above = at - self.log_mean
            slope = one - two - precision * above
            bend = (p - 1) * one + (2 - p) * two + precision
            step = np.clip(slope / bend, -2.0, 2.0)
            level[moving] = at + step
            # After a short step the density follows from its derivatives where the step began: the
            # highest to third order, and how it bends there to second.
            twist = (2 - p) ** 2 * two - (p - 1) ** 2 * one
            reached = one / (1 - p) - two / (2 - p)
            reached += 0.5 * (slope * step - precision * above**2)
            density[moving] = reached + 0.5 * (np.log(precision / bend) - twist / bend * step)
            far = np.abs(step) > _CLOSE
            moving = np.flatnonzero(far) if isinstance(moving, slice) else moving[far]
            if not len(moving):
                break
        return density


def _parts(points: Floats, volume: Floats, level: Floats, p: float) -> tuple[Floats, Floats]:
    """Return the two parts of the slope of the log density in the level."""
    shrunk = np.exp((1 - p) * level)
    return points * shrunk, volume * shrunk * np.exp(level)


def _steps(
    signs: list[_Regimes], shortest: int, start_sd: float = 1.5
) -> tuple[list[float], tuple[int, float]]:
    """Return log marginal likelihoods by the number of steps, and the likeliest single step.

    Fearnhead (2006): the probability of the months up to an end, in so many regimes, is a sum over
    the first month of the last regime. The sums are made of numbers between 0 and 1, each pair of
    dispersions relative to the best, so that logarithms are taken once an end.
    """
    densities = [one.log_densities(start_sd, shortest) for one in signs]
    n_ends = densities[0].shape[2]
    last = n_ends - 1
    # Every pair of dispersions: those of cooperation in rows, those of conflict in columns.
    log_prior = signs[0].log_prior[:, None] + signs[1].log_prior[None, :]
    best = [one.max(axis=0) for one in densities]
    relative = [np.exp(one - _finite(most)) for one, most in zip(densities, best, strict=True)]
    regimes = best[0] + best[1]
    reached = densities[0][:, None, 0] + densities[1][None, :, 0]
    counted = np.where(np.arange(n_ends) >= shortest, 0.0, -np.inf)
    found = [float(np.logaddexp.reduce(reached[:, :, last] + log_prior, axis=None))]
    step = (0, 0.0)
    for number in range(1, min(MOST_STEPS, last // shortest - 1) + 1):
        if number == 1:
            whole = reached + densities[0][:, None, :, last] + densities[1][None, :, :, last]
            by_month = np.logaddexp.reduce(whole + log_prior[..., None], axis=(0, 1))
            place = int(by_month.argmax())
            step = (place - 1, float(np.exp(by_month[place] - np.logaddexp.reduce(by_month))))
        reached = _longer(reached, regimes, relative, shortest)
        counted = _more(counted, shortest)
        total = np.logaddexp.reduce(reached[:, :, last] + log_prior, axis=None)
        # Every partition into so many regimes is equally likely.
        found.append(float(total - counted[last]))
    return found, step


def _longer(reached: Floats, regimes: Floats, relative: list[Floats], shortest: int) -> Floats:
    """Return the log probability of the months up to each end with one regime more.

    Parameters
    ----------
    reached
        With the regimes so far; shape (dispersions, dispersions, end).
    regimes
        Log density of the last regime with the best dispersions; shape (first month, end).
    relative
        By sign, the density with each dispersion as a share of that with the best; shape
        (dispersions, first month, end).
    """
    highest = reached.max(axis=(0, 1))
    share = np.exp(reached - _finite(highest))
    ways = highest[:, None] + regimes
    most = ways.max(axis=0)
    weight = np.exp(ways - _finite(most))
    total = np.zeros_like(reached)
    for start in range(shortest, len(most), _ENDS):
        ends = slice(start, start + _ENDS)
        firsts = slice(0, start + _ENDS - shortest)
        cooperation, conflict = (one[:, firsts, ends] for one in relative)
        for place, one in enumerate(weight[firsts, ends] * cooperation):
            total[place, :, ends] = np.einsum(
                "bf,fe,bfe->be", share[place, :, firsts], one, conflict
            )
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(total) + most)


def _more(counted: Floats, shortest: int) -> Floats:
    """Return the log number of partitions up to each end with one regime more."""
    before = np.logaddexp.accumulate(counted)
    return np.concatenate([np.full(shortest, -np.inf), before[:-shortest]])


def _finite(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, 0.0)


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
