"""Structural breaks of one series: how many, when, and how surely.

The pieces are elsewhere (``detente.statistics.breaks.segmentation``,
``detente.statistics.breaks.stability``, ``detente.statistics.breaks.dates``); here they
are put together for one series, with everything a reader needs to judge the answer.

The default number of breaks is that of the sequential robust test, not of BIC. BIC takes the errors
to be uncorrelated: of simulated series of 344 months with a first-order autocorrelation of 0.5 and
no break it breaks about half, where the robust test at 5% breaks about 7%. Both numbers are
reported.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from detente.base.phrases import say
from detente.statistics.autocorrelation import ljung_box
from detente.statistics.breaks.dates import DateInterval, Errors, break_intervals
from detente.statistics.breaks.regression import BreakProblem, Variance, pose
from detente.statistics.breaks.resampling import (
    LAST,
    bootstrap_any_trimming,
    bootstrap_sup_f,
    end_of_sample_test,
)
from detente.statistics.breaks.results import (
    AT_THE_EDGE,
    Break,
    BreakAnalysis,
    Candidate,
    Selection,
)
from detente.statistics.breaks.segmentation import Partition, Segmentation, fit, regimes, segment
from detente.statistics.breaks.stability import (
    cusum_test,
    double_maximum_test,
    sequential_test,
    sup_f_test,
)
from detente.statistics.results import Refusal, TestResult

# Periods that differ from the most frequent value, below which a study dates nothing.
MIN_ACTIVE = 80


def find_breaks(
    series: pd.Series | ArrayLike,
    exog: pd.DataFrame | None = None,
    *,
    trimming: float = 0.15,
    min_segment: int | None = None,
    max_breaks: int = 5,
    variance: Variance = "hac",
    select: Selection = "sequential",
    significance: float = 0.05,
    level: float = 0.95,
    min_active: int = 0,
    draws: int = 0,
    seed: int = 0,
) -> BreakAnalysis | Refusal:
    """Find, test and date the structural breaks of a series.

    Parameters
    ----------
    series, exog, trimming, min_segment, variance
        See ``detente.statistics.breaks.regression.pose``. With ``variance="iid"`` the intervals
        still allow each regime its own variance.
    max_breaks
        Most breaks considered.
    select
        Which number of breaks to date: ``"sequential"`` adds breaks until sup-F(l+1|l) does not
        reject; ``"bic"`` and ``"lwz"`` minimise a criterion.
    significance
        Level of the sequential test; the double maximum test knows 0.1, 0.05, 0.025 and 0.01.
    level
        Coverage of the intervals.
    min_active
        Fewest observations that differ from the most frequent value for a break to be dated. The
        tests are made all the same.
    draws
        Series drawn to judge the sup-F test by a block bootstrap; none by default.
    seed
        Of the bootstrap.

    Returns
    -------
    BreakAnalysis or Refusal

    Raises
    ------
    SeriesError
        If the series or the regressors are malformed or linearly dependent.

    References
    ----------
    Bai and Perron (1998), Econometrica 66, 47-78; (2003), Journal of Applied Econometrics 18, 1-22.
    """
    problem = pose(series, exog, trimming=trimming, min_segment=min_segment, variance=variance)
    if isinstance(problem, Refusal):
        return problem
    y, x = problem.sample.values, problem.design
    found = segment(
        y,
        None if problem.width == 1 else x,
        min_segment=problem.min_segment,
        max_breaks=max_breaks,
    )
    sequential = tuple(
        sequential_test(problem, found, n_null) for n_null in range(len(found.partitions) - 1)
    )
    numbers: dict[Selection, int] = {
        "sequential": _count_rejections(sequential, significance),
        "bic": found.best("bic").n_breaks,
        "lwz": found.best("lwz").n_breaks,
    }
    errors: Errors = "hac" if variance == "hac" else "regime"
    n_active = problem.n_active
    is_dated = n_active >= min_active
    chosen = found.partitions[numbers[select] if is_dated else 0]
    intervals = break_intervals(y, x, chosen.breaks, level=level, errors=errors)
    breaks = _describe(problem, chosen, intervals)
    double_maximum = double_maximum_test(problem, found)
    whiteness = _residual_autocorrelation(problem, found.best("bic"))
    return BreakAnalysis(
        first=problem.label(1),
        last=problem.label(problem.n_obs),
        first_possible=problem.label(problem.min_segment),
        last_possible=problem.label(problem.n_obs - problem.min_segment),
        n_obs=problem.n_obs,
        n_missing=problem.sample.n_missing,
        candidates=_candidates(problem, found),
        n_sequential=numbers["sequential"],
        n_bic=numbers["bic"],
        n_lwz=numbers["lwz"],
        selected_by=select,
        breaks=breaks,
        sup_f=sup_f_test(problem),
        sup_f_bootstrap=bootstrap_sup_f(problem, draws, seed) if draws else None,
        any_trimming=bootstrap_any_trimming(problem, draws=draws, seed=seed) if draws else None,
        last_observations=tuple(end_of_sample_test(problem, n_last) for n_last in LAST),
        double_maximum=double_maximum,
        sequential=sequential,
        cusum=cusum_test(problem),
        residual_autocorrelation=whiteness,
        settings=problem.settings()
        | {
            "max_breaks": len(found.partitions) - 1,
            "select": select,
            "significance": significance,
            "interval_level": level,
            "interval_errors": errors,
            "min_active": min_active,
        },
        warnings=(
            *_limits(problem, found, numbers[select], min_active),
            *_warnings(problem, numbers, significance, double_maximum, whiteness, breaks),
        ),
    )


def _limits(
    problem: BreakProblem, found: Segmentation, n_breaks: int, min_active: int
) -> list[str]:
    """Say where the answer comes from the limits of the search, not from the series."""
    warnings: list[str] = []
    if problem.n_active < min_active:
        warnings.append(say("warning.few_active", n=problem.n_active, needed=min_active))
    if n_breaks and n_breaks == len(found.partitions) - 1:
        warnings.append(say("warning.stopped", n=n_breaks))
    if n_breaks and problem.width == 1:
        chosen = found.partitions[n_breaks]
        y = problem.sample.values
        trend = np.column_stack([np.ones(len(y)), np.arange(len(y), dtype=np.float64)])
        left = y - trend @ fit(y, trend)
        # By BIC: a slope costs one coefficient, a break a coefficient and a date.
        allowed = float(np.exp((2 * n_breaks - 1) * np.log(len(y)) / len(y)))
        if float(left @ left) < chosen.rss * allowed:
            warnings.append(say("warning.trend"))
    return warnings


def _count_rejections(tests: tuple[TestResult | Refusal, ...], significance: float) -> int:
    number = 0
    for test in tests:
        if isinstance(test, Refusal) or test.p_value is None or test.p_value >= significance:
            break
        number += 1
    return number


def _candidates(problem: BreakProblem, found: Segmentation) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(
            **vars(partition),
            dates=tuple(problem.label(position) for position in partition.breaks),
        )
        for partition in found.partitions
    )


def _describe(
    problem: BreakProblem, chosen: Partition, intervals: tuple[DateInterval, ...]
) -> tuple[Break, ...]:
    y, x = problem.sample.values, problem.design
    values = [fit(y[start:end], x[start:end]) for start, end in regimes(chosen.breaks, len(y))]
    coefficients = [
        # Adding zero turns a negative zero into zero.
        {
            name: float(value) + (0.0 if place else problem.centre) + 0.0
            for place, (name, value) in enumerate(zip(problem.names, regime, strict=True))
        }
        for regime in values
    ]
    edges = {problem.min_segment, problem.n_obs - problem.min_segment}
    return tuple(
        Break(
            last_before=problem.label(interval.position),
            first_after=problem.label(interval.position + 1),
            position=interval.position,
            lower=None if interval.lower is None else problem.label(interval.lower),
            upper=None if interval.upper is None else problem.label(interval.upper),
            level=interval.level,
            before=coefficients[i],
            after=coefficients[i + 1],
            warnings=interval.warnings + (AT_THE_EDGE if interval.position in edges else ()),
        )
        for i, interval in enumerate(intervals)
    )


def _residual_autocorrelation(problem: BreakProblem, partition: Partition) -> TestResult:
    y, x = problem.sample.values, problem.design
    residual = np.concatenate(
        [y[s:e] - x[s:e] @ fit(y[s:e], x[s:e]) for s, e in regimes(partition.breaks, len(y))]
    )
    lags = min(10, problem.n_obs // 5)
    warnings: list[str] = []
    if float(residual @ residual) <= 1e-26 * float(y @ y):
        statistic, p_value = 0.0, 1.0
        warnings = [say("warning.perfect")]
    else:
        statistic, p_value = ljung_box(residual, lags)
    return TestResult(
        test_id="residual_autocorrelation",
        test=say("named.residuals"),
        null_hypothesis=say("null.residuals", n=lags),
        alternative=say("alternative.residuals", n=lags),
        statistic=statistic,
        p_value=p_value,
        n_obs=problem.n_obs,
        distribution=f"chi-square({lags})",
        settings={"lags": lags, "n_breaks": partition.n_breaks},
        warnings=tuple(warnings),
    )


def _warnings(
    problem: BreakProblem,
    numbers: Mapping[Selection, int],
    significance: float,
    double_maximum: TestResult | Refusal,
    whiteness: TestResult,
    breaks: tuple[Break, ...],
) -> tuple[str, ...]:
    words = []
    if problem.sample.n_missing:
        words.append(say("warning.left_out", n=problem.sample.n_missing))
    if whiteness.rejects():
        words.append(say("warning.autocorrelated"))
    if numbers["sequential"] == 0 and _double_maximum_rejects(double_maximum, significance):
        words.append(say("warning.udmax"))
    words += [
        say("warning.of_break", last_before=one.last_before, warning=warning)
        for one in breaks
        for warning in one.warnings
    ]
    labels = problem.sample.labels
    for earlier, later in itertools.pairwise(breaks):
        if (
            earlier.upper is not None
            and later.lower is not None
            and labels.index(earlier.upper) >= labels.index(later.lower)
        ):
            words.append(
                say("warning.overlap", earlier=earlier.last_before, later=later.last_before)
            )
    return tuple(words)


def _double_maximum_rejects(test: TestResult | Refusal, significance: float) -> bool:
    if isinstance(test, Refusal) or f"{significance:g}" not in test.critical_values:
        return False
    return test.rejects(significance)
