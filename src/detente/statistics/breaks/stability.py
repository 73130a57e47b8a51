"""Tests of the null that the coefficients of a regression never change.

Chow's test asks about one date fixed in advance; sup-F about one unknown date; the double maximum
about an unknown number of breaks; sup-F(l+1|l) whether l breaks are enough; OLS-CUSUM about any
departure of the mean. statsmodels provides the CUSUM statistic; the others are written here, since
no maintained Python library offers them.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from scipy import stats
from statsmodels.stats.diagnostic import breaks_cusumolsresid

from detente.base.phrases import Phrase, say
from detente.statistics.breaks.critical_values import (
    MAX_REGRESSORS,
    double_maximum_table,
    largest_sup_f_p_value,
    sup_f_critical_value,
    sup_f_p_value,
)
from detente.statistics.breaks.long_run import long_run_covariance
from detente.statistics.breaks.regression import BreakProblem, Variance
from detente.statistics.breaks.segmentation import Segmentation, fit, one_break_costs, regimes
from detente.statistics.results import Refusal, TestResult
from detente.statistics.samples import FloatArray

LEVELS = (0.1, 0.05, 0.01)


def wald_statistic(
    y: FloatArray, x: FloatArray, breaks: tuple[int, ...], variance: Variance
) -> float:
    """Wald statistic of equal coefficients in all the regimes that ``breaks`` delimit.

    Parameters
    ----------
    y, x
        Shapes (n,) and (n, q).
    breaks
        Observations before each of the m breaks.
    variance
        ``"iid"``: one error variance, estimated with n - (m + 1) q degrees of freedom, so that the
        statistic is mq times the usual F. ``"hac"``: each regime its own long-run covariance; the
        statistic is multiplied by (n - (m + 1) q) / n.

    Returns
    -------
    float
        Infinite where the regimes fit without any error.

    References
    ----------
    Bai and Perron (1998), Econometrica 66, equation (8); (2003), section 4.
    """
    n_obs, width = x.shape
    spans = regimes(breaks, n_obs)
    freedom = n_obs - len(spans) * width
    coefficients = np.concatenate([fit(y[s:e], x[s:e]) for s, e in spans])
    blocks = []
    residuals = []
    for i, (start, end) in enumerate(spans):
        own = x[start:end]
        residual = y[start:end] - own @ coefficients[i * width : (i + 1) * width]
        residuals.append(residual)
        bread = np.linalg.inv(own.T @ own)
        if variance == "hac":
            meat = (end - start) * long_run_covariance(own * residual[:, None])
            blocks.append(bread @ meat @ bread)
        else:
            blocks.append(bread)
    covariance = np.zeros((len(spans) * width, len(spans) * width))
    for i, block in enumerate(blocks):
        here = slice(i * width, (i + 1) * width)
        covariance[here, here] = block
    errors = np.concatenate(residuals)
    squares = float(errors @ errors)
    if squares <= 1e-26 * float(y @ y):
        return math.inf
    if variance == "iid":
        covariance *= squares / freedom
    contrast = _each_against_the_next(len(spans), width)
    jumps = contrast @ coefficients
    spread = contrast @ covariance @ contrast.T
    # Two regimes without any spread of their own leave a singular matrix and a sure difference.
    if not (spread[0, 0] > 0.0 if len(spread) == 1 else _has_full_rank(spread)):
        return math.inf
    statistic = float(jumps @ np.linalg.solve(spread, jumps))
    return statistic * (freedom / n_obs if variance == "hac" else 1.0)


@cache
def _each_against_the_next(n_regimes: int, width: int) -> FloatArray:
    """Return the contrast of the coefficients of each regime with those of the next."""
    found = np.kron(np.diff(np.eye(n_regimes), axis=0), np.eye(width))
    return np.asarray(found, dtype=np.float64)


def _has_full_rank(matrix: FloatArray) -> bool:
    return bool(np.linalg.matrix_rank(matrix) == len(matrix))


def sup_f_test(problem: BreakProblem) -> TestResult:
    """Test for one break at an unknown date.

    Returns
    -------
    TestResult
        The statistic is the Wald statistic (q times F) at the date that minimises the sum of
        squares; with ``variance="iid"`` that is the largest over all dates. ``settings["date"]`` is
        the last period before that date.

    References
    ----------
    Andrews (1993), Econometrica 61, 821-856; Bai and Perron (1998), section 4.1; distribution as in
    ``detente.statistics.breaks.critical_values.sup_f_p_value``.
    """
    y, x, length = problem.sample.values, problem.design, problem.min_segment
    position = length + int(np.argmin(one_break_costs(y, x, length)))
    statistic = wald_statistic(y, x, (position,), problem.variance)
    shares = _shares(problem.n_obs, length)
    return TestResult(
        test_id="any_break",
        test=say("named.sup_f"),
        null_hypothesis=say("null.never_change"),
        alternative=say("alternative.unknown_date"),
        statistic=statistic,
        p_value=_sup_f_p(statistic, problem.width, [shares]),
        n_obs=problem.n_obs,
        distribution="largest squared standardised Bessel process over the admissible dates",
        settings=problem.settings() | {"date": problem.label(position)},
        critical_values=_sup_f_critical(problem.width, [shares]),
    )


def sequential_test(
    problem: BreakProblem, segmentation: Segmentation, n_null: int
) -> TestResult | Refusal:
    """Test ``n_null`` breaks against one more.

    The best partition with ``n_null`` breaks is taken as given, each of its regimes that has room
    is searched for one more break, and the largest statistic counts.

    Parameters
    ----------
    problem
        The series with its regressors and the rules of the search.
    segmentation
        Its best partitions.
    n_null
        Breaks under the null, from 0.

    Returns
    -------
    TestResult or Refusal
        Refused where no regime is as long as two minimal segments. ``settings["date"]`` is the last
        period before the additional break.

    Notes
    -----
    Bai and Perron judge the statistic by one trimming for all regimes. Regimes are shorter than the
    sample, so the search in each is over a smaller share of it; here the p-value uses the share of
    each regime. With one trimming it agrees with their table.

    References
    ----------
    Bai and Perron (1998), section 4.3 and proposition 7.
    """
    y, x, length = problem.sample.values, problem.design, problem.min_segment
    best, place = -math.inf, 0
    shares = []
    for start, end in regimes(segmentation.partitions[n_null].breaks, problem.n_obs):
        if end - start < 2 * length:
            continue
        own = slice(start, end)
        cut = length + int(np.argmin(one_break_costs(y[own], x[own], length)))
        shares.append(_shares(end - start, length))
        if np.ptp(y[own]) == 0.0:
            continue  # nothing changes here, so nothing breaks
        statistic = wald_statistic(y[own], x[own], (cut,), problem.variance)
        if statistic > best:
            best, place = statistic, start + cut
    if not math.isfinite(best) and best < 0.0:
        return Refusal(
            model=say("model.sup_f_next", more=n_null + 1, n=n_null),
            reason=say("reason.no_regime", n=n_null, length=length),
            test_id=f"breaks_{n_null}_against_{n_null + 1}",
        )
    return TestResult(
        test_id=f"breaks_{n_null}_against_{n_null + 1}",
        test=say("named.sup_f_next", more=n_null + 1, n=n_null),
        null_hypothesis=_changes(n_null),
        alternative=_changes(n_null + 1),
        statistic=best,
        p_value=_sup_f_p(best, problem.width, shares),
        n_obs=problem.n_obs,
        distribution="largest of independent sup-F statistics, one for each regime searched",
        settings=problem.settings() | {"date": problem.label(place), "n_null": n_null},
        critical_values=_sup_f_critical(problem.width, shares),
    )


def double_maximum_test(problem: BreakProblem, segmentation: Segmentation) -> TestResult | Refusal:
    """Test no break against an unknown number of them (UDmax).

    It keeps its power where two opposite changes hide each other from the sup-F test.

    Parameters
    ----------
    problem
        The series with its regressors and the rules of the search.
    segmentation
        Its best partitions, up to the most breaks considered.

    Returns
    -------
    TestResult or Refusal
        Without p-value: the published table gives critical values only. Refused where the table
        does not reach (trimming below 5%, more than 10 coefficients).

    References
    ----------
    Bai and Perron (1998), section 4.2; critical values from Bai and Perron (2003), Econometrics
    Journal 6, 72-78.
    """
    table = double_maximum_table(problem.n_obs, problem.min_segment, problem.width)
    if table is None:
        return Refusal(
            model="UDmax",
            reason=say(
                "reason.table_ends",
                length=problem.min_segment,
                n=problem.n_obs,
                width=problem.width,
            ),
            test_id="any_number_of_breaks",
        )
    trimming, most, critical = table
    y, x = problem.sample.values, problem.design
    statistics = [
        wald_statistic(y, x, partition.breaks, problem.variance) / partition.n_breaks
        for partition in segmentation.partitions[1 : most + 1]
    ]
    return TestResult(
        test_id="any_number_of_breaks",
        test=say("named.udmax"),
        null_hypothesis=say("null.never_change"),
        alternative=say("alternative.up_to", n=len(statistics)),
        statistic=max(statistics),
        p_value=None,
        n_obs=problem.n_obs,
        distribution=f"table of Bai and Perron (2003), trimming {trimming:g}",
        settings=problem.settings() | {"table_trimming": trimming, "max_breaks": len(statistics)},
        critical_values=critical,
    )


def cusum_test(problem: BreakProblem) -> TestResult:
    """Test by OLS-CUSUM whether residuals of one regression drift away from zero and back.

    Returns
    -------
    TestResult
        The statistic is the largest cumulated residual in units of its standard deviation under the
        null; with ``variance="hac"`` the long-run one. ``settings["date"]`` is the period in which
        it is largest, which is no estimate of a break with an interval.

    Notes
    -----
    The long-run variance comes from residuals of a model without break, so a large break inflates
    it; the robust form then errs on the side of not rejecting. The test has power against changes
    of the mean of the dependent variable, hardly against others.

    References
    ----------
    Ploberger and Kramer (1992), Econometrica 60, 271-285.
    """
    y, x = problem.sample.values, problem.design
    residual = y - x @ fit(y, x)
    statistic = float(breaks_cusumolsresid(residual, ddof=problem.width)[0])
    if problem.variance == "hac":
        plain = float(residual @ residual) / (problem.n_obs - problem.width)
        statistic *= math.sqrt(plain / float(long_run_covariance(residual[:, None])[0, 0]))
    position = int(np.argmax(np.abs(np.cumsum(residual)))) + 1
    settings = problem.settings() | {"date": problem.label(position)}
    if problem.variance == "hac":
        settings["variance"] = "HAC: quadratic spectral kernel, prewhitened, whole sample"
    return TestResult(
        test_id="stability",
        test=say("named.cusum"),
        null_hypothesis=say("null.never_change"),
        alternative=say("alternative.mean_changes"),
        statistic=statistic,
        p_value=float(stats.kstwobign.sf(statistic)),
        n_obs=problem.n_obs,
        distribution="largest absolute value of a Brownian bridge",
        settings=settings,
        critical_values={f"{a:g}": float(stats.kstwobign.isf(a)) for a in LEVELS},
    )


def _shares(n_obs: int, min_segment: int) -> tuple[float, float]:
    return min_segment / n_obs, 1.0 - min_segment / n_obs


def _sup_f_p(statistic: float, width: int, shares: list[tuple[float, float]]) -> float | None:
    if width > MAX_REGRESSORS:
        return None
    if math.isinf(statistic):
        return 0.0
    if len(shares) == 1:
        return sup_f_p_value(statistic, width, shares[0])
    return largest_sup_f_p_value(statistic, width, shares)


def _sup_f_critical(width: int, shares: list[tuple[float, float]]) -> dict[str, float]:
    if width > MAX_REGRESSORS:
        return {}
    return {f"{level:g}": sup_f_critical_value(level, width, shares) for level in LEVELS}


def _changes(number: int) -> Phrase:
    ways = {0: "never_change", 1: "change_once", 2: "change_twice"}
    if number in ways:
        return say(f"null.{ways[number]}")
    return say("null.change_often", n=number)
