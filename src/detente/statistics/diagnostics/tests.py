"""What a series is like, and which models it supports.

Before any model: is there a unit root, a season, more spread than a Poisson count has, memory; how
much of the series is zero or missing. :func:`suitability` puts the answers together and refuses,
with the reason, the models that the series cannot carry.

ADF, KPSS, Ljung-Box and the dispersion test are statsmodels', the Phillips-Perron test is arch's
(statsmodels has none), Kruskal-Wallis is scipy's.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from arch.unitroot import PhillipsPerron
from numpy.typing import ArrayLike
from scipy import stats
from statsmodels.discrete.discrete_model import Poisson
from statsmodels.regression.linear_model import OLS
from statsmodels.tsa.stattools import adfuller, kpss
from statsmodels.tsa.tsatools import lagmat

from detente.base.phrases import Phrase, join, listed, say
from detente.statistics.autocorrelation import ljung_box
from detente.statistics.breaks.problem import pose
from detente.statistics.frames import NotEstimableError, require_informative
from detente.statistics.hac import rule_of_thumb_bandwidth
from detente.statistics.results import Refusal, TestResult, reason_of
from detente.statistics.samples import Gaps, Sample, SeriesError, take_sample
from detente.statistics.units import own_units

Trend = Literal["c", "ct"]
Values = pd.Series | ArrayLike
Stationarity = Literal["stationary", "unit root or break", "unclear", "unknown"]

# Thresholds of the refusals, each with its ground.
# The lag rules reach back 9 periods at 30 observations; fewer leave no regression.
MIN_UNIT_ROOT = 30
# Each season needs a mean and a spread of its own.
MIN_YEARS_SEASONAL = 3
MAX_SEASONAL_LAGS = 6
# An autoregression with a constant, and something to check it on.
MIN_FORECAST = 36
# A count regression is decided by the periods that are not zero (about ten for each coefficient).
MIN_COUNT = 30
MIN_NOT_ZERO = 10
# Above it the squares of a regression of counts have too few digits.
LARGEST_COUNT = 1e9


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


def adf_test(series: Values, trend: Trend = "c") -> TestResult | Refusal:
    """Augmented Dickey-Fuller test of a unit root.

    Parameters
    ----------
    series
        Equally spaced, without gaps, shape (n,).
    trend
        ``"c"``: stationary around a constant if the null is false; ``"ct"``: around a line.

    Returns
    -------
    TestResult or Refusal
        Lags by AIC among 0 to ceil(12 (n/100)^(1/4)) (Schwert 1989). Refused: fewer than 30
        observations, a series that never changes.

    References
    ----------
    Dickey and Fuller (1979), Journal of the American Statistical Association 74, 427-431;
    p-value by MacKinnon (1994, 2010).
    """
    sample = _unit_root_sample(series, say("model.adf"))
    if isinstance(sample, Refusal):
        return sample
    result: Any = adfuller(sample.values, regression=trend, autolag="AIC", result_object=True)
    return TestResult(
        test_id="augmented_dickey_fuller",
        test=say("named.adf"),
        null_hypothesis=say("null.unit_root"),
        alternative=_around(trend),
        statistic=float(result.statistic),
        p_value=float(result.pvalue),
        n_obs=int(result.nobs),
        distribution="Dickey-Fuller t",
        settings=_span(sample)
        | {
            "trend": trend,
            "lags": int(result.lags),
            "lag_rule": "AIC up to ceil(12 (n/100)^(1/4))",
        },
        critical_values=_as_levels(result.critical_values),
    )


def kpss_test(series: Values, trend: Trend = "c", lags: int | None = None) -> TestResult | Refusal:
    """KPSS test of stationarity.

    Parameters
    ----------
    series, trend
        See :func:`adf_test`; here the trend belongs to the null.
    lags
        Of the Bartlett kernel; by the rule of Hobijn, Franses and Ooms (1998) where ``None``.

    Returns
    -------
    TestResult or Refusal
        The published table ends at 0.01 and 0.1; a p-value at an end is a bound, and a warning says
        so. Refused as :func:`adf_test`.

    References
    ----------
    Kwiatkowski, Phillips, Schmidt and Shin (1992), Journal of Econometrics 54, 159-178.
    """
    sample = _unit_root_sample(series, "KPSS")
    if isinstance(sample, Refusal):
        return sample
    with warnings.catch_warnings():
        # Replaced by the two sentences below, which say which way.
        warnings.filterwarnings("ignore", message="The test statistic is outside of the range")
        result: Any = kpss(
            sample.values,
            regression=trend,
            nlags="auto" if lags is None else lags,
            result_object=True,
        )
    p_value = float(result.pvalue)
    bounds = {0.01: say("warning.p_or_smaller"), 0.1: say("warning.p_or_larger")}
    return TestResult(
        test_id="kpss",
        test=say("named.kpss"),
        null_hypothesis=_around(trend),
        alternative=say("null.unit_root"),
        statistic=float(result.statistic),
        p_value=p_value,
        n_obs=len(sample),
        distribution="KPSS table",
        settings=_span(sample)
        | {
            "trend": trend,
            "lags": int(result.lags),
            "lag_rule": "given"
            if lags is not None
            else "Bartlett kernel, automatic bandwidth of Hobijn, Franses and Ooms (1998)",
        },
        critical_values=_as_levels(result.critical_values),
        warnings=(bounds[p_value],) if p_value in bounds else (),
    )


def phillips_perron_test(
    series: Values, trend: Trend = "c", lags: int | None = None
) -> TestResult | Refusal:
    """Phillips-Perron test of a unit root (Z-tau).

    Parameters
    ----------
    series, trend
        See :func:`adf_test`.
    lags
        Of the Newey-West long-run variance; floor(4 (n/100)^(2/9)) where ``None``, n counting the
        differences.

    Returns
    -------
    TestResult or Refusal
        Refused as :func:`adf_test`.

    References
    ----------
    Phillips and Perron (1988), Biometrika 75, 335-346; arch ``PhillipsPerron``.
    """
    sample = _unit_root_sample(series, say("model.phillips_perron"))
    if isinstance(sample, Refusal):
        return sample
    chosen = rule_of_thumb_bandwidth(len(sample) - 1) if lags is None else lags
    result = PhillipsPerron(sample.values, lags=chosen, trend=trend, test_type="tau")
    return TestResult(
        test_id="phillips_perron",
        test=say("named.phillips_perron"),
        null_hypothesis=say("null.unit_root"),
        alternative=_around(trend),
        statistic=float(result.stat),
        p_value=float(result.pvalue),
        n_obs=int(result.nobs),
        distribution="Dickey-Fuller t",
        settings=_span(sample)
        | {
            "trend": trend,
            "lags": chosen,
            "lag_rule": "floor(4 (n/100)^(2/9))" if lags is None else "given",
        },
        critical_values=_as_levels(result.critical_values),
    )


def seasonality_test(series: Values) -> TestResult | Refusal:
    """F test that all seasons (months, quarters) have the same mean, given the series' memory.

    Returns
    -------
    TestResult or Refusal
        F test of the seasonal dummies in a regression on a constant, the dummies and the p last
        values, p of 0 to 6 by BIC. (A Newey-West test of the dummies without lags rejects in a
        third of short series without season.) Refused: no season known (bare values, days, years,
        weeks), fewer than 3 observations in a season, too few for the regression, a series that
        never changes.

    Raises
    ------
    SeriesError
        If the series is malformed or has gaps.
    """
    sample = _seasonal_sample(series, gaps="refuse")
    if isinstance(sample, Refusal):
        return sample
    assert sample.season is not None
    kinds = np.unique(sample.season)
    dummies = (sample.season[:, None] == kinds[1:]).astype(np.float64)
    fixed = np.column_stack([np.ones(len(sample)), dummies])
    n_left = len(sample) - MAX_SEASONAL_LAGS
    if n_left < fixed.shape[1] + MAX_SEASONAL_LAGS + 10:
        return Refusal(
            model=say("model.seasonality"),
            reason=say(
                "reason.too_few",
                n=len(sample),
                needed=fixed.shape[1] + 2 * MAX_SEASONAL_LAGS + 10,
            ),
        )
    past = lagmat(sample.values, MAX_SEASONAL_LAGS, trim="both")
    now = slice(MAX_SEASONAL_LAGS, None)
    fits: list[Any] = [
        OLS(sample.values[now], np.column_stack([fixed[now], past[:, :p]])).fit()
        for p in range(MAX_SEASONAL_LAGS + 1)
    ]
    chosen = int(np.argmin([fitted.bic for fitted in fits]))
    if fits[chosen].ssr <= 1e-24 * float(sample.values @ sample.values):
        return Refusal(model=say("model.seasonality"), reason=say("reason.exact_fit"))
    contrast: Any = fits[chosen].f_test(np.eye(fixed.shape[1] + chosen)[1 : len(kinds)])
    return TestResult(
        test_id="seasonal_dummies",
        test=say("named.season_f"),
        null_hypothesis=say("null.same_mean"),
        alternative=say("alternative.means_differ"),
        statistic=float(contrast.statistic),
        p_value=float(contrast.pvalue),
        n_obs=n_left,
        distribution=f"F({len(kinds) - 1}, {int(contrast.df_denom)})",
        settings=_span(sample)
        | {
            "seasons": len(kinds),
            "lags": chosen,
            "lag_rule": f"BIC up to {MAX_SEASONAL_LAGS} lags of the series",
        },
    )


def seasonality_rank_test(series: Values) -> TestResult | Refusal:
    """Kruskal-Wallis test that all seasons have the same distribution.

    It does not mind outliers and skew, but takes the observations to be independent.

    Returns
    -------
    TestResult or Refusal
        Refused as :func:`seasonality_test`.

    References
    ----------
    Kruskal and Wallis (1952), Journal of the American Statistical Association 47, 583-621.
    """
    sample = _seasonal_sample(series)
    if isinstance(sample, Refusal):
        return sample
    assert sample.season is not None
    groups = [sample.values[sample.season == kind] for kind in np.unique(sample.season)]
    result = stats.kruskal(*groups)
    return TestResult(
        test_id="kruskal_wallis",
        test=say("named.season_rank"),
        null_hypothesis=say("null.same_distribution"),
        alternative=say("alternative.larger"),
        statistic=float(result.statistic),
        p_value=float(result.pvalue),
        n_obs=len(sample),
        distribution=f"chi-square({len(groups) - 1})",
        settings=_span(sample) | {"seasons": len(groups)},
    )


def dispersion_test(series: Values) -> TestResult | Refusal:
    """Test whether a count varies more than a Poisson count of the same mean.

    Returns
    -------
    TestResult or Refusal
        One-sided z of the auxiliary regression of ((y - m)^2 - y) / m on m, with HC3 errors; n
        observations, constant mean m. A break or trend in the mean also makes it reject. Refused:
        not a count, fewer than 30 observations, fewer than 10 that are not zero.

    References
    ----------
    Cameron and Trivedi (1990), Journal of Econometrics 46, 347-364; statsmodels
    ``DiscreteResults.get_diagnostic().test_dispersion``.
    """
    sample = take_sample(series, gaps="drop")
    reason = _objection_to_counts(sample)
    if reason is not None:
        return Refusal(model=say("model.dispersion"), reason=reason)
    mean = float(sample.values.mean())
    fitted: Any = Poisson(sample.values, np.ones(len(sample))).fit(
        disp=0, start_params=np.array([math.log(mean)])
    )
    result: Any = fitted.get_diagnostic().test_dispersion()
    z = float(result.statistic[list(result.method).index("CT nb2 HC3")])
    return TestResult(
        test_id="overdispersion",
        test=say("named.overdispersion"),
        null_hypothesis=say("null.variance_is_mean"),
        alternative=say("alternative.variance_exceeds"),
        statistic=z,
        p_value=float(stats.norm.sf(z)),
        n_obs=len(sample),
        distribution="standard normal, upper tail",
        settings=_span(sample)
        | {
            "mean": mean,
            "variance": float(sample.values.var(ddof=1)),
            "errors": "HC3",
        },
    )


def autocorrelation_test(
    series: Values, lags: int | None = None, n_parameters: int = 0
) -> TestResult | Refusal:
    """Ljung-Box test of autocorrelation of a series or of residuals.

    Parameters
    ----------
    series
        Equally spaced, without gaps.
    lags
        Lags taken together; min(10, n // 5) where ``None``, or min(2 seasons, n // 5) where the
        series has seasons.
    n_parameters
        Autoregressive and moving-average coefficients estimated before, taken off the degrees of
        freedom.

    Returns
    -------
    TestResult or Refusal
        Refused: too few observations for one lag more than the parameters, no variation.

    References
    ----------
    Ljung and Box (1978), Biometrika 65, 297-303.
    """
    sample = take_sample(series)
    n_obs = len(sample)
    seasons = sample.periods_per_year or 1
    wanted = 2 * seasons if seasons > 1 else 10
    chosen = min(wanted, n_obs // 5) if lags is None else lags
    moving = _moving(sample, say("model.ljung_box"))
    if isinstance(moving, Refusal):
        return moving
    if not n_parameters < chosen < n_obs:
        return Refusal(
            model=say("model.ljung_box"),
            reason=say("reason.nothing_to_test", lags=chosen, n=n_obs, n_parameters=n_parameters),
        )
    statistic, p_value = ljung_box(moving.values, chosen, n_parameters)
    return TestResult(
        test_id="ljung_box",
        test=say("named.ljung_box"),
        null_hypothesis=say("null.autocorrelation", n=chosen),
        alternative=say("alternative.autocorrelation", n=chosen),
        statistic=statistic,
        p_value=p_value,
        n_obs=n_obs,
        distribution=f"chi-square({chosen - n_parameters})",
        settings=_span(sample) | {"lags": chosen, "n_parameters": n_parameters},
    )


# What a refusal is named by, in a way that stays and in words. A season is refused once, not by
# each of its two tests.
_DIAGNOSTICS: tuple[tuple[str, str, Callable[[Values], TestResult | Refusal]], ...] = (
    ("augmented_dickey_fuller", say("model.adf"), adf_test),
    ("phillips_perron", say("model.phillips_perron"), phillips_perron_test),
    ("kpss", "KPSS", kpss_test),
    ("seasonality", say("model.seasonality"), seasonality_test),
    ("seasonality", say("model.seasonality"), seasonality_rank_test),
    ("overdispersion", say("model.dispersion"), dispersion_test),
    ("ljung_box", say("model.ljung_box"), autocorrelation_test),
)
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
        :func:`detente.statistics.breaks.search.find_breaks`.
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
    for test_id, name, test in _DIAGNOSTICS:
        try:
            outcome = _heeding_warnings(test, series)
        except SeriesError as error:
            outcome = Refusal(model=name, reason=reason_of(error))
        if isinstance(outcome, Refusal):
            outcome = replace(outcome, test_id=test_id)
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


def _heeding_warnings(
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
        seasonal = _seasonal_sample(series)
        season = seasonal.reason if isinstance(seasonal, Refusal) else None
    return {
        "structural_breaks": problem.reason if isinstance(problem, Refusal) else None,
        "vector_autoregression": gaps or _objection_to_var(sample),
        "forecasts": forecast,
        "seasonal_models": season,
        "count_models": gaps or _objection_to_counts(sample),
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


def _objection_to_counts(sample: Sample) -> str | None:
    values = sample.values
    if np.any(values < 0.0) or np.any(values != np.floor(values)):
        return say("reason.no_counts")
    if values.max() > LARGEST_COUNT:
        return say("reason.large_counts", most=f"{LARGEST_COUNT:g}")
    if len(values) < MIN_COUNT:
        return say("reason.too_few", n=len(values), needed=MIN_COUNT)
    n_not_zero = int(np.count_nonzero(values))
    if n_not_zero and np.ptp(values) == 0.0:
        return say("reason.constant")
    if n_not_zero < MIN_NOT_ZERO:
        return say("reason.few_not_zero", n=n_not_zero, needed=MIN_NOT_ZERO)
    return None


def _unit_root_sample(series: Values, model: str) -> Sample | Refusal:
    sample = take_sample(series)
    if len(sample) < MIN_UNIT_ROOT:
        return Refusal(
            model=model,
            reason=say("reason.too_few", n=len(sample), needed=MIN_UNIT_ROOT),
        )
    return _moving(sample, model)


def _seasonal_sample(series: Values, gaps: Gaps = "drop") -> Sample | Refusal:
    sample = take_sample(series, gaps=gaps)
    if sample.season is None or (sample.periods_per_year or 0) > 12:
        return Refusal(model=say("model.seasonality"), reason=say("reason.no_season"))
    moving = _moving(sample, say("model.seasonality"))
    if isinstance(moving, Refusal):
        return moving
    counts = np.bincount(sample.season, minlength=sample.periods_per_year or 0)
    if counts.min() < MIN_YEARS_SEASONAL:
        return Refusal(
            model=say("model.seasonality"),
            reason=say("reason.season_rare", n=int(counts.min()), needed=MIN_YEARS_SEASONAL),
        )
    return moving


def _moving(sample: Sample, model: str) -> Sample | Refusal:
    """Return the sample in units of its own, on which none of these tests depends."""
    own = own_units(sample.values)
    if not own.values.any():
        return Refusal(model=model, reason=say("reason.constant"))
    return replace(sample, values=own.values)


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


def _around(trend: Trend) -> Phrase:
    return say("null.stationary_constant" if trend == "c" else "null.stationary_trend")


def _span(sample: Sample) -> dict[str, str | int | float | bool | None]:
    return {
        "first": sample.labels[0],
        "last": sample.labels[-1],
        "n_missing_dropped": sample.n_missing,
    }


def _as_levels(critical_values: dict[str, float]) -> dict[str, float]:
    """Turn statsmodels' ``"2.5%"`` into ``"0.025"``."""
    return {f"{float(k.rstrip('%')) / 100.0:g}": float(v) for k, v in critical_values.items()}
