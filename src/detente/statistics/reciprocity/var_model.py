"""A vector autoregression of directed series: its lag, its residuals, its roots.

statsmodels estimates it. Added here: refusal of unsuitable series, and a lag that is
raised until the residuals are white.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from statsmodels.tools.sm_exceptions import InterpolationWarning, SingularMatrixWarning
from statsmodels.tsa.api import VAR
from statsmodels.tsa.stattools import adfuller, kpss

from detente.base.errors import UsageError
from detente.base.phrases import Phrase, join, say, text_of
from detente.statistics.frames import (
    NotEstimableError,
    numbers,
    period_index,
    require_informative,
    span,
    unit,
)
from detente.statistics.results import Choices, Refusal, TestResult, reason_of
from detente.statistics.samples import FloatArray
from detente.statistics.units import own_units

Criterion = Literal["aic", "hqic", "fpe", "bic"]
Trend = Literal["c", "ct"]

# Up to this number of lags the portmanteau statistic looks beyond the longest model allowed.
_LAGS_BEYOND = 6


@dataclass(frozen=True, kw_only=True)
class VarSettings(Choices):
    """Choices behind a vector autoregression.

    Attributes
    ----------
    max_lag
        Longest lag considered, in periods.
    criterion
        Chooses the lag to begin with. Ivanov and Kilian (2005), Studies in Nonlinear Dynamics and
        Econometrics 9(1), find ``aic`` best for monthly data. Its search costs some size: a
        nominal 5% test rejects about 7% in 300 months, with ``bic`` 5%, which in turn misses
        weak late answers.
    trend
        ``"c"`` a constant, ``"ct"`` a constant and a linear trend.
    level
        Of the whiteness and unit-root tests.
    min_observations_per_coefficient
        Of one equation; below it the lag is capped, and below it at one lag the model is refused.
    min_active
        Periods in which a series must differ from its most frequent value.
    near_unit_root
        Roots of modulus above this are treated as if they may be one.
    """

    max_lag: int = 6
    criterion: Criterion = "aic"
    trend: Trend = "c"
    level: float = 0.05
    min_observations_per_coefficient: float = 5.0
    min_active: int = 20
    near_unit_root: float = 0.95

    def __post_init__(self) -> None:
        if self.max_lag < 1 or not 0.0 < self.level < 1.0:
            raise UsageError(
                "expected max_lag of 1 or more and a level between 0 and 1, "
                f"got {self.max_lag} and {self.level}"
            )


@dataclass(frozen=True, kw_only=True)
class VarFit:
    """A fitted vector autoregression.

    Attributes
    ----------
    columns
        Names of the series, in the order of the Cholesky factor.
    span
        First and last period of the data.
    period
        What one period is called: ``"month"``, ``"week"``.
    n_obs
        Rows used, after lags.
    lag
        Lags fitted.
    lag_by_criterion
        Lags that the information criterion chose among 0 to ``max_lag``.
    max_lag
        Longest lag allowed, after the cap by sample size.
    whiteness
        Adjusted portmanteau test of the residuals at ``lag``.
    largest_root
        Largest modulus of the eigenvalues of the companion matrix; below one is stable.
    integration
        Order of integration of each series that the unit-root tests leave open, 0 to 2.
    values
        The series in units of their own, on which no test depends, shape (periods, series).
    units
        What one of these units is in the unit of each series, shape (series,).
    results
        What statsmodels returned for these values.
    warnings
        In words; empty where nothing is to be said.
    """

    columns: tuple[str, ...]
    span: str
    period: str
    n_obs: int
    lag: int
    lag_by_criterion: int
    max_lag: int
    whiteness: TestResult
    largest_root: float
    integration: Mapping[str, int]
    values: FloatArray = field(repr=False)
    units: FloatArray = field(repr=False)
    results: Any = field(repr=False)
    settings: VarSettings
    warnings: tuple[str, ...]

    @property
    def is_stable(self) -> bool:
        """Whether all roots lie inside the unit circle."""
        return self.largest_root < 1.0

    @property
    def extra_lags(self) -> int:
        """Lags to add, but not to test, in the sense of Toda and Yamamoto; 0 where none is due."""
        by_tests = max(self.integration.values())
        return max(by_tests, int(self.largest_root > self.settings.near_unit_root))


def fit_var(frame: pd.DataFrame, settings: VarSettings | None = None) -> VarFit | Refusal:
    """Fit a vector autoregression whose residuals are white, if some lag makes them so.

    Parameters
    ----------
    frame
        One column per series, one row per period, consecutive.
    settings
        Choices; defaults where left out.

    Returns
    -------
    VarFit or Refusal
        A refusal where a series is constant, nearly empty or incomplete, where the series are
        linearly dependent, or where the sample is too short for even one lag.

    Raises
    ------
    SeriesError
        If the index does not hold consecutive periods.

    Notes
    -----
    The lag that minimises the information criterion (at least 1, so that there is something to
    test) is raised by one as long as the adjusted portmanteau test rejects white residuals
    (Luetkepohl 2005, sections 4.3 and 4.4.3). Where no lag up to the maximum passes, the maximum
    is kept, since too few lags distort the size of later tests and too many only cost power, and a
    warning says so.

    References
    ----------
    Luetkepohl (2005), New Introduction to Multiple Time Series Analysis. Goldstein and Freeman
    (1990), Three-Way Street.
    """
    settings = settings or VarSettings()
    try:
        return _fit_var(frame, settings)
    except NotEstimableError as reason:
        return Refusal(model=_model_name(frame), reason=reason_of(reason))


def _model_name(frame: pd.DataFrame) -> Phrase:
    return say("model.var_of", names=join(map(text_of, frame.columns), ", "))


def _fit_var(frame: pd.DataFrame, settings: VarSettings) -> VarFit:
    index = period_index(frame, _model_name(frame))
    require_informative(frame, settings.min_active)
    own = [own_units(numbers(column)) for _, column in frame.items()]
    values = np.column_stack([one.values for one in own])
    _require_independent(frame.columns, values)
    max_lag, notes = _longest_estimable(frame, settings)
    # Arrays, since statsmodels warns about frequencies it does not know; the names are kept here.
    model = VAR(values)
    try:
        order = model.select_order(maxlags=max_lag, trend=settings.trend)
    except np.linalg.LinAlgError as error:
        raise NotEstimableError(say("reason.straight_line")) from error
    chosen = int(getattr(order, settings.criterion))
    first = max(chosen, 1)
    if chosen == 0:
        notes.append(say("warning.no_lag", criterion=settings.criterion.upper()))
    n_tested = max_lag + _LAGS_BEYOND
    for lag in range(first, max_lag + 1):
        results = model.fit(lag, trend=settings.trend)
        _require_regular(results)
        whiteness = _whiteness(results, n_tested)
        if not whiteness.rejects(settings.level):
            break
    if lag > first:
        notes.append(
            say("warning.lag_raised", first=first, criterion=settings.criterion.upper(), lag=lag)
        )
    if whiteness.rejects(settings.level):
        notes.append(say("warning.not_white", lag=lag))
    largest = float(largest_roots(np.asarray(results.coefs, dtype=np.float64)[None])[0])
    if largest >= 1.0:
        notes.append(say("warning.unstable", root=f"{largest:.3f}"))
    integration = {
        text_of(name): integration_order(column, settings.level)
        for name, column in zip(frame.columns, values.T, strict=True)
    }
    return VarFit(
        columns=tuple(map(text_of, frame.columns)),
        span=span(index),
        period=unit(index),
        n_obs=int(results.nobs),
        lag=lag,
        lag_by_criterion=chosen,
        max_lag=max_lag,
        whiteness=whiteness,
        largest_root=largest,
        integration=integration,
        values=values,
        units=np.array([one.unit for one in own]),
        results=results,
        settings=settings,
        warnings=tuple(notes),
    )


def largest_roots(slopes: FloatArray) -> FloatArray:
    """Return the largest modulus of the eigenvalues of each model's companion matrix.

    Parameters
    ----------
    slopes
        Lag matrices, shape (models, lags, series, series).

    Returns
    -------
    ndarray
        Shape (models,); below one is stable. Not by way of statsmodels' ``roots``, which are the
        inverses and divide by zero where an eigenvalue is nil.
    """
    n_models, n_lags, width, _ = slopes.shape
    companion = np.zeros((n_models, n_lags * width, n_lags * width))
    companion[:, :width] = slopes.transpose(0, 2, 1, 3).reshape(n_models, width, n_lags * width)
    companion[:, width:, :-width] = np.eye((n_lags - 1) * width)
    roots: FloatArray = np.abs(np.linalg.eigvals(companion)).max(axis=1)
    return roots


def _require_independent(columns: pd.Index, values: FloatArray) -> None:
    centred = values - values.mean(axis=0)
    if np.linalg.matrix_rank(centred, rtol=1e-10) < len(columns):
        raise NotEstimableError(
            say("reason.linear_combination", names=join(map(text_of, columns), ", "))
        )


def require_full_rank(design: FloatArray) -> None:
    """Refuse lagged values that are linearly dependent, as those of very sparse series can be.

    Raises
    ------
    NotEstimableError
        If the columns of ``design`` are dependent.
    """
    scale = np.abs(design).max(axis=0)
    if not scale.all() or np.linalg.matrix_rank(design / scale) < design.shape[1]:
        raise NotEstimableError(say("reason.lags_dependent"))


def _require_regular(results: Any) -> None:
    require_full_rank(np.asarray(results.endog_lagged, dtype=np.float64))
    sigma = np.asarray(results.sigma_u, dtype=np.float64)
    spread = np.sqrt(np.diag(sigma))
    if not spread.all() or np.linalg.matrix_rank(sigma / np.outer(spread, spread)) < len(sigma):
        raise NotEstimableError(say("reason.residuals_dependent", lags=int(results.k_ar)))


def _longest_estimable(frame: pd.DataFrame, settings: VarSettings) -> tuple[int, list[str]]:
    n_periods, n_series = frame.shape
    n_fixed = len(settings.trend)

    def needed(lag: int) -> float:
        """Return how many periods a model of `lag` lags needs."""
        return lag + settings.min_observations_per_coefficient * (n_fixed + n_series * lag)

    bearable = [lag for lag in range(1, settings.max_lag + 1) if needed(lag) <= n_periods]
    if not bearable:
        raise NotEstimableError(
            say(
                "reason.few_for_lags",
                n_series=n_series,
                needed=int(np.ceil(needed(1))),
                each=f"{settings.min_observations_per_coefficient:g}",
                n=n_periods,
            )
        )
    notes: list[str] = []
    if bearable[-1] < settings.max_lag:
        notes.append(
            say(
                "warning.fewer_lags",
                n=n_periods,
                lags=bearable[-1],
                n_series=n_series,
                wanted=settings.max_lag,
            )
        )
    return bearable[-1], notes


def _whiteness(results: Any, n_tested: int) -> TestResult:
    found = results.test_whiteness(nlags=n_tested, adjusted=True)
    return TestResult(
        test_id="portmanteau",
        test=say("named.portmanteau"),
        null_hypothesis=say("null.portmanteau", n=n_tested),
        alternative=say("alternative.some_correlation"),
        statistic=float(found.test_statistic),
        p_value=float(found.pvalue),
        n_obs=int(results.nobs),
        distribution=f"chi-square({int(found.df)})",
        settings={"lags_tested": n_tested, "lags_fitted": int(results.k_ar)},
    )


def integration_order(values: FloatArray, level: float = 0.05) -> int:
    """Say how often the series may need differencing, erring towards more.

    Parameters
    ----------
    values
        Shape (n,), not constant.
    level
        Of the ADF test.

    Returns
    -------
    int
        0 if ADF rejects a unit root in the levels and KPSS does not contradict it at 1%; 2 if
        ADF does not reject a unit root in the first differences either; else 1. Where the two
        tests contradict each other the answer is 1: an untested lag too many costs some power, a
        lag too few invalidates the test. KPSS is held to 1%, since with six series one of them
        would be rejected wrongly one time in four at 5%.
    """
    if not _has_unit_root(values, level) and not _kpss_rejects(values):
        return 0
    differences = np.diff(values)
    if np.ptp(differences) > 0.0 and _has_unit_root(differences, level):
        return 2
    return 1


def _has_unit_root(values: FloatArray, level: float) -> bool:
    with warnings.catch_warnings():
        # The search tries long lags, which can be dependent in a sparse series; it rejects them.
        warnings.simplefilter("ignore", SingularMatrixWarning)
        found = adfuller(values, regression="c", autolag="AIC", result_object=True)
    # Written so that an undefined p-value counts as a root that was not ruled out.
    return not found.pvalue < level


def _kpss_rejects(values: FloatArray) -> bool:
    with warnings.catch_warnings():
        # The statistic is compared with its 1% value; that p leaves the table does not matter.
        warnings.simplefilter("ignore", InterpolationWarning)
        # 12 (n/100)^(1/4) lags, Schwert (1989); the automatic rule can divide by zero.
        found = kpss(values, regression="c", nlags="legacy", result_object=True)
    return bool(found.statistic > found.critical_values["1%"])
