"""What a series is like, and which models it supports.

Before any model: is there a unit root, a season, more spread than a Poisson count has, memory; how
much of the series is zero or missing. ``suitability`` puts the answers together and refuses,
with the reason, the models that the series cannot carry.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from detente.base.phrases import Phrase, join, listed, say
from detente.statistics.breaks.regression import pose
from detente.statistics.diagnostics import autocorrelation, dispersion, seasonality, unit_root
from detente.statistics.diagnostics.dispersion import objection_to_counts
from detente.statistics.diagnostics.inputs import Values
from detente.statistics.diagnostics.seasonality import seasonal_sample
from detente.statistics.frames import NotEstimableError, require_informative
from detente.statistics.results import Refusal, TestResult, reason_of
from detente.statistics.samples import Sample, SeriesError, take_sample

Stationarity = Literal["stationary", "unit root or break", "unclear", "unknown"]
# An autoregression with a constant, and something to check it on.
MIN_FORECAST = 36


@dataclass(frozen=True, kw_only=True)
class SeriesProfile:
    """Plain facts of one series.

    Attributes
    ----------
    first, last
        Labels of the first and the last observed period.
    n_obs, n_missing
        Periods with and without a value.
    mean, variance
        In the unit of the series and its square; the variance divides by n - 1.
    zero_share
        Share of the observed periods that are exactly zero.
    poisson_zero_share
        Share of zeros that a Poisson count of the same mean would have; ``None`` for other series.
    commonest_value, commonest_share
        The most frequent value and its share of the observed periods.
    is_count
        Whether every value is a whole number of zero or more.
    is_constant
        Whether the series never changes.
    periods_per_year
        12 for months and so on; ``None`` where not known.
    """

    first: str
    last: str
    n_obs: int
    n_missing: int
    mean: float
    variance: float
    zero_share: float
    poisson_zero_share: float | None
    commonest_value: float
    commonest_share: float
    is_count: bool
    is_constant: bool
    periods_per_year: int | None


@dataclass(frozen=True, kw_only=True)
class Suitability:
    """Which models a series supports.

    Attributes
    ----------
    profile
        Plain facts.
    tests
        Every diagnostic test that the series allows.
    stationarity
        ``"stationary"`` where ADF and Phillips-Perron reject a unit root and KPSS does not reject
        stationarity; ``"unit root or break"`` where it is the other way round in all three (a break
        in the mean looks the same to them, Perron 1989); ``"unclear"`` where they disagree;
        ``"unknown"`` where they could not be run.
    allowed
        Names of the models that the series supports.
    refused
        The others, each with its reason; also tests that could not be run.
    level
        Level at which the tests were read.
    """

    profile: SeriesProfile
    tests: tuple[TestResult, ...]
    stationarity: Stationarity
    allowed: tuple[str, ...]
    refused: tuple[Refusal, ...]
    level: float


def profile(series: Values) -> SeriesProfile:
    """Describe a series; missing values are counted and left out.

    Parameters
    ----------
    series
        One value a period, shape (n,).

    Returns
    -------
    SeriesProfile

    Raises
    ------
    SeriesError
        If the series is malformed or holds nothing.
    """
    sample = take_sample(series, gaps="drop")
    values = sample.values
    kinds, counts = np.unique(values, return_counts=True)
    is_count = bool(np.all(values >= 0.0) and np.all(values == np.floor(values)))
    return SeriesProfile(
        first=sample.labels[0],
        last=sample.labels[-1],
        n_obs=len(values),
        n_missing=sample.n_missing,
        mean=float(values.mean()),
        variance=float(values.var(ddof=1)) if len(values) > 1 else 0.0,
        zero_share=float(np.mean(values == 0.0)),
        poisson_zero_share=math.exp(-float(values.mean())) if is_count else None,
        commonest_value=float(kinds[counts.argmax()]),
        commonest_share=float(counts.max() / len(values)),
        is_count=is_count,
        is_constant=len(kinds) == 1,
        periods_per_year=sample.periods_per_year,
    )


# The first three decide on stationarity.
_TESTS = (*unit_root.TESTS, *seasonality.TESTS, *dispersion.TESTS, *autocorrelation.TESTS)
_MODELS = {
    "structural_breaks": say("model.structural_breaks"),
    "vector_autoregression": say("model.var"),
    "forecasts": say("model.outlook"),
    "seasonal_models": say("model.seasonal_models"),
    "count_models": say("model.count_models"),
}


def suitability(series: pd.Series, *, trimming: float = 0.15, level: float = 0.05) -> Suitability:
    """Run every diagnostic that a series allows and say which models it supports.

    Parameters
    ----------
    series
        One index of one dyad, a value for each period; missing ones as NaN.
    trimming
        Share of the sample that a regime needs, as for
        ``detente.statistics.breaks.search.find_breaks``.
    level
        Level at which the tests are read.

    Returns
    -------
    Suitability

    Raises
    ------
    SeriesError
        If the series is malformed or holds no value.

    Notes
    -----
    A model is refused for what the series is (length, gaps, no variation, nearly all one value, not
    a count), by the same rules that the model itself applies, never for a test's outcome: a unit
    root that ADF does not reject may be the very break that is sought.
    """
    facts = profile(series)
    outcomes: list[TestResult | Refusal] = []
    for test in _TESTS:
        try:
            outcome = _with_warnings(test.run, series)
        except SeriesError as error:
            outcome = Refusal(model=test.model, reason=reason_of(error))
        if isinstance(outcome, Refusal):
            outcome = replace(outcome, test_id=test.refused_as)
        outcomes.append(outcome)
    reasons = _objections(series, facts, trimming)
    refused = [one for one in outcomes if isinstance(one, Refusal)]
    refused += [
        Refusal(model=_MODELS[one], reason=reason, test_id=one)
        for one, reason in reasons.items()
        if reason is not None
    ]
    return Suitability(
        profile=facts,
        tests=tuple(one for one in outcomes if isinstance(one, TestResult)),
        stationarity=_stationarity(outcomes[:3], level),
        allowed=tuple(_MODELS[one] for one, reason in reasons.items() if reason is None),
        refused=tuple(dict.fromkeys(refused)),
        level=level,
    )


def _with_warnings(
    test: Callable[[Values], TestResult | Refusal], series: Values
) -> TestResult | Refusal:
    """Run a test and put what the fitting program complains about into its result."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        outcome = test(series)
    if isinstance(outcome, Refusal):
        return outcome
    complaints = sorted({str(one.message).rstrip(".") for one in caught})
    return replace(outcome, warnings=(*outcome.warnings, *complaints))


def suitability_sentence(found: Suitability, subject: str) -> Phrase:
    """Say in one sentence what a series is like and which models it supports."""
    facts = found.profile
    parts = [say("diagnostics.zero", share=f"{facts.zero_share:.0%}")]
    if facts.n_missing:
        parts.append(say("diagnostics.missing", n=facts.n_missing))
    return say(
        "diagnostics.suits",
        subject=subject,
        first=facts.first,
        last=facts.last,
        n=facts.n_obs,
        facts=listed(parts),
        stationarity=say(f"diagnostics.{found.stationarity.replace(' ', '_')}"),
        models=join(found.allowed, ", ") if found.allowed else say("diagnostics.no_model"),
    )


def _objections(series: pd.Series, facts: SeriesProfile, trimming: float) -> dict[str, str | None]:
    sample = take_sample(series, gaps="drop")
    gaps = _objection_to_gaps(series)
    problem = pose(series, trimming=trimming)
    forecast = gaps
    if forecast is None and facts.is_constant:
        forecast = say("reason.constant")
    if forecast is None and facts.n_obs < MIN_FORECAST:
        forecast = say("reason.too_few", n=facts.n_obs, needed=MIN_FORECAST)
    season = gaps or forecast
    if season is None:
        seasonal = seasonal_sample(series)
        season = seasonal.reason if isinstance(seasonal, Refusal) else None
    return {
        "structural_breaks": problem.reason if isinstance(problem, Refusal) else None,
        "vector_autoregression": gaps or _objection_to_var(sample),
        "forecasts": forecast,
        "seasonal_models": season,
        "count_models": gaps or objection_to_counts(sample),
    }


def _objection_to_gaps(series: pd.Series) -> str | None:
    try:
        take_sample(series)
    except SeriesError as error:
        return reason_of(error)
    return None


def _objection_to_var(sample: Sample) -> str | None:
    try:
        require_informative(pd.Series(sample.values, name="the series"))
    except NotEstimableError as error:
        return reason_of(error)
    return None


def _stationarity(outcomes: list[TestResult | Refusal], level: float) -> Stationarity:
    tests = [one for one in outcomes if isinstance(one, TestResult)]
    if len(tests) < 3:
        return "unknown"
    adf, phillips_perron, kpss_result = (test.rejects(level) for test in tests)
    if adf and phillips_perron and not kpss_result:
        return "stationary"
    if not adf and not phillips_perron and kpss_result:
        return "unit root or break"
    return "unclear"
