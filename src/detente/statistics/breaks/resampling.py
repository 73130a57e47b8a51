"""Break tests judged by the series itself: a block bootstrap, and the end of the sample.

The asymptotic distribution of sup-F is that of a Brownian bridge; heavy tails and months of zero
make it too sure in samples of this length. And no test with trimming sees the last years.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from arch.bootstrap import CircularBlockBootstrap, optimal_block_length

from detente.base.phrases import Phrase, say
from detente.statistics.breaks.critical_values import sup_f_p_value
from detente.statistics.breaks.regression import MIN_REGIME, BreakProblem
from detente.statistics.breaks.segmentation import fit, minimal_segment, one_break_costs, regimes
from detente.statistics.breaks.stability import wald_statistic
from detente.statistics.results import Refusal, Setting, TestResult
from detente.statistics.samples import FloatArray

DRAWS = 399
# The last observations whose change is asked about: a year and two years of months.
LAST = (12, 24)
# The trimmings among which the best is often kept.
TRIMMINGS = (0.05, 0.10, 0.15)
ANY_TRIMMING = "any_break_any_trimming"


def bootstrap_sup_f(problem: BreakProblem, draws: int = DRAWS, seed: int = 0) -> TestResult:
    """Judge the sup-F statistic by a block bootstrap of the residuals.

    Parameters
    ----------
    problem
        From ``detente.statistics.breaks.regression.pose``.
    draws
        Series drawn without any break: the fit without one, and blocks of the residuals of the best
        partition with one.
    seed
        Of the draws.

    Notes
    -----
    Blocks are circular; their length is the automatic one for the residuals. The p-value counts the
    series itself among the draws.

    References
    ----------
    Politis and White (2004), Econometric Reviews 23, 53-70, as corrected by Patton, Politis and
    White (2009). Diebold and Chen (1996), Journal of Econometrics 70, 221-241 (bootstrapped sup
    tests). Davison and Hinkley (1997), Bootstrap Methods and their Application, p. 141 (the one).
    """
    statistic, position = _sup_f(problem, problem.sample.values)
    residual = _residual(problem, position)
    # A step without any noise leaves nothing to draw from: no draw is as large.
    length, n_larger = 1, 0
    if np.isfinite(statistic):
        length = _block_length(residual)
        drawn = _drawn(problem, residual, length, draws, seed)
        n_larger = sum(_sup_f(problem, one)[0] >= statistic for one in drawn)
    return _judged(
        problem,
        test_id="any_break_bootstrap",
        test=say("named.sup_f_bootstrap"),
        statistic=statistic,
        n_as_extreme=n_larger,
        settings={
            "date": problem.label(position),
            "draws": draws,
            "block_length": length,
            "seed": seed,
        },
    )


def bootstrap_any_trimming(
    problem: BreakProblem,
    trimmings: Sequence[float] = TRIMMINGS,
    draws: int = DRAWS,
    seed: int = 0,
) -> TestResult | Refusal:
    """Judge the smallest p-value of the sup-F tests with several trimmings by a block bootstrap.

    Who tries several trimmings and keeps the best has tried several times. Here the smallest
    p-value is the statistic, and each draw is searched with every trimming as well.

    Parameters
    ----------
    problem
        From ``detente.statistics.breaks.regression.pose``, with any trimming.
    trimmings
        Smallest shares of the sample in a regime.
    draws, seed
        As in ``bootstrap_sup_f``, of which the draws are taken in the same way.

    Returns
    -------
    TestResult or Refusal
        The statistic is the smallest p-value by the asymptotic distribution. Refused where fewer
        than two of the trimmings leave regimes that are long enough.
    """
    lengths = [minimal_segment(problem.n_obs, share) for share in trimmings]
    usable = sorted({one for one in lengths if one >= problem.width + MIN_REGIME})
    model = say("model.trimmings")
    if len(usable) < 2:
        return Refusal(
            model=model,
            reason=say("reason.few_trimmings", n=problem.n_obs),
            test_id=ANY_TRIMMING,
        )
    statistic, position = _smallest_p(problem, problem.sample.values, usable)
    residual = _residual(problem, position)
    if not np.ptp(residual) > 0.0:
        return Refusal(model=model, reason=say("reason.no_noise"), test_id=ANY_TRIMMING)
    length = _block_length(residual)
    drawn = _drawn(problem, residual, length, draws, seed)
    n_smaller = sum(_smallest_p(problem, one, usable)[0] <= statistic for one in drawn)
    return _judged(
        problem,
        test_id=ANY_TRIMMING,
        test=say("named.sup_f_any_trimming"),
        statistic=statistic,
        n_as_extreme=n_smaller,
        settings={
            "date": problem.label(position),
            "min_segments": ", ".join(map(str, usable)),
            "draws": draws,
            "block_length": length,
            "seed": seed,
        },
    )


def _residual(problem: BreakProblem, position: int) -> FloatArray:
    """Return the residuals of the partition with one break; shape (n_obs,)."""
    y, x = problem.sample.values, problem.design
    spans = regimes((position,), problem.n_obs)
    return np.concatenate([y[s:e] - x[s:e] @ fit(y[s:e], x[s:e]) for s, e in spans])


def _drawn(
    problem: BreakProblem, residual: FloatArray, length: int, draws: int, seed: int
) -> Iterator[FloatArray]:
    """Yield series without a break: the fit without one, and blocks of the residuals."""
    x = problem.design
    without = x @ fit(problem.sample.values, x)
    blocks = CircularBlockBootstrap(length, residual, seed=np.random.default_rng(seed))
    for data, _ in blocks.bootstrap(draws):
        yield without + data[0]


def _judged(
    problem: BreakProblem,
    *,
    test_id: str,
    test: Phrase,
    statistic: float,
    n_as_extreme: int,
    settings: Mapping[str, Setting],
) -> TestResult:
    """Return a test whose p-value counts the series itself among the draws."""
    draws = int(settings["draws"] or 0)
    return TestResult(
        test_id=test_id,
        test=test,
        null_hypothesis=say("null.never_change"),
        alternative=say("alternative.unknown_date"),
        statistic=statistic,
        p_value=(1 + n_as_extreme) / (1 + draws),
        n_obs=problem.n_obs,
        distribution=f"{draws} circular block bootstraps of the residuals",
        settings={**problem.settings(), **settings},
    )


def _smallest_p(problem: BreakProblem, y: FloatArray, lengths: Sequence[int]) -> tuple[float, int]:
    """Return the smallest p-value over the trimmings, and the break that it belongs to."""
    x, n_obs = problem.design, problem.n_obs
    costs = one_break_costs(y, x, lengths[0])
    statistics: dict[int, float] = {}
    found = []
    for length in lengths:
        inside = slice(length - lengths[0], len(costs) - (length - lengths[0]))
        position = length + int(np.argmin(costs[inside]))
        if position not in statistics:
            statistics[position] = wald_statistic(y, x, (position,), problem.variance)
        shares = (length / n_obs, 1.0 - length / n_obs)
        found.append((sup_f_p_value(statistics[position], problem.width, shares), position))
    return min(found)


def _sup_f(problem: BreakProblem, y: FloatArray) -> tuple[float, int]:
    x, length = problem.design, problem.min_segment
    position = length + int(np.argmin(one_break_costs(y, x, length)))
    return wald_statistic(y, x, (position,), problem.variance), position


def _block_length(residual: FloatArray) -> int:
    with np.errstate(all="ignore"):
        found = float(optimal_block_length(residual)["circular"].iloc[0])
    # Long enough for a season of months, short enough for a dozen blocks.
    longest = max(1, len(residual) // 12)
    return int(np.clip(np.ceil(found) if np.isfinite(found) else 1, 1, longest))


def end_of_sample_test(problem: BreakProblem, n_last: int) -> TestResult | Refusal:
    """Test whether the last observations follow the coefficients of those before.

    Parameters
    ----------
    problem
        The series with its regressors.
    n_last
        How many last observations, m.

    Returns
    -------
    TestResult or Refusal
        Refused where fewer than ten stretches of m observations lie before them.

    Notes
    -----
    The statistic is the sum of squares of the last m residuals projected on their regressors: for a
    mean, m times the square of their mean. It is judged by the same statistic of every earlier
    stretch of m observations, so that it needs neither a normal distribution nor a long stretch.
    The coefficients come from the observations before the last m, for an earlier stretch without
    half of its own.

    References
    ----------
    Andrews (2003), End-of-sample instability tests, Econometrica 71, 1661-1694, section 2 (the S
    test with an identity weight, and the estimators that leave out half a stretch).
    """
    y, x = problem.sample.values, problem.design
    n_before = problem.n_obs - n_last
    if n_before < 10 * n_last:
        return Refusal(
            model=say("model.end_of_sample", n=n_last),
            reason=say("reason.few_stretches", n=n_before, length=n_last),
            test_id=f"last_{n_last}",
        )
    before = slice(0, n_before)
    last = slice(n_before, problem.n_obs)
    statistic = _projected(y[last] - x[last] @ fit(y[before], x[before]), x[last])
    half = -(-n_last // 2)
    earlier = []
    for start in range(n_before - n_last + 1):
        own = slice(start, start + n_last)
        kept = np.ones(n_before, dtype=bool)
        kept[start : start + half] = False
        coefficients = fit(y[before][kept], x[before][kept])
        earlier.append(_projected(y[own] - x[own] @ coefficients, x[own]))
    return TestResult(
        test_id=f"last_{n_last}",
        test=say("named.end_of_sample", n=n_last),
        null_hypothesis=say("null.last_follow", n=n_last),
        alternative=say("alternative.last_differ", n=n_last),
        statistic=statistic,
        p_value=float(np.mean(np.array(earlier) >= statistic)),
        n_obs=problem.n_obs,
        distribution=f"the same statistic of {len(earlier)} earlier stretches",
        settings=problem.settings() | {"n_last": n_last, "n_stretches": len(earlier)},
    )


def _projected(residual: FloatArray, x: FloatArray) -> float:
    explained = x @ fit(residual, x)
    return float(explained @ explained)
