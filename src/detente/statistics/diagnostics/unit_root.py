"""Tests of a unit root and of stationarity.

ADF and KPSS are statsmodels', the Phillips-Perron test is arch's (statsmodels has none).
"""

from __future__ import annotations

import warnings
from typing import Any, Literal

from arch.unitroot import PhillipsPerron
from statsmodels.tsa.stattools import adfuller, kpss

from detente.base.phrases import Phrase, say
from detente.statistics.diagnostics.inputs import SeriesTest, Values, in_own_units, span
from detente.statistics.hac import rule_of_thumb_bandwidth
from detente.statistics.results import Refusal, TestResult
from detente.statistics.samples import Sample, take_sample

Trend = Literal["c", "ct"]
# Thresholds of the refusals, each with its ground.
# The lag rules reach back 9 periods at 30 observations; fewer leave no regression.
MIN_UNIT_ROOT = 30


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
    return _of_a_unit_root(
        sample,
        trend,
        test_id="augmented_dickey_fuller",
        test=say("named.adf"),
        statistic=float(result.statistic),
        p_value=float(result.pvalue),
        n_obs=int(result.nobs),
        lags=int(result.lags),
        lag_rule="AIC up to ceil(12 (n/100)^(1/4))",
        critical_values=result.critical_values,
    )


def kpss_test(series: Values, trend: Trend = "c", lags: int | None = None) -> TestResult | Refusal:
    """KPSS test of stationarity.

    Parameters
    ----------
    series, trend
        See ``adf_test``; here the trend belongs to the null.
    lags
        Of the Bartlett kernel; by the rule of Hobijn, Franses and Ooms (1998) where ``None``.

    Returns
    -------
    TestResult or Refusal
        The published table ends at 0.01 and 0.1; a p-value at an end is a bound, and a warning says
        so. Refused as ``adf_test``.

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
        settings=span(sample)
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
        See ``adf_test``.
    lags
        Of the Newey-West long-run variance; floor(4 (n/100)^(2/9)) where ``None``, n counting the
        differences.

    Returns
    -------
    TestResult or Refusal
        Refused as ``adf_test``.

    References
    ----------
    Phillips and Perron (1988), Biometrika 75, 335-346; arch ``PhillipsPerron``.
    """
    sample = _unit_root_sample(series, say("model.phillips_perron"))
    if isinstance(sample, Refusal):
        return sample
    chosen = rule_of_thumb_bandwidth(len(sample) - 1) if lags is None else lags
    result = PhillipsPerron(sample.values, lags=chosen, trend=trend, test_type="tau")
    return _of_a_unit_root(
        sample,
        trend,
        test_id="phillips_perron",
        test=say("named.phillips_perron"),
        statistic=float(result.stat),
        p_value=float(result.pvalue),
        n_obs=int(result.nobs),
        lags=chosen,
        lag_rule="floor(4 (n/100)^(2/9))" if lags is None else "given",
        critical_values=result.critical_values,
    )


def _of_a_unit_root(
    sample: Sample,
    trend: Trend,
    *,
    test_id: str,
    test: Phrase,
    statistic: float,
    p_value: float,
    n_obs: int,
    lags: int,
    lag_rule: str,
    critical_values: dict[str, float],
) -> TestResult:
    """Return a test whose null is a unit root and whose statistic is a Dickey-Fuller t."""
    return TestResult(
        test_id=test_id,
        test=test,
        null_hypothesis=say("null.unit_root"),
        alternative=_around(trend),
        statistic=statistic,
        p_value=p_value,
        n_obs=n_obs,
        distribution="Dickey-Fuller t",
        settings=span(sample) | {"trend": trend, "lags": lags, "lag_rule": lag_rule},
        critical_values=_as_levels(critical_values),
    )


def _unit_root_sample(series: Values, model: str) -> Sample | Refusal:
    sample = take_sample(series)
    if len(sample) < MIN_UNIT_ROOT:
        return Refusal(
            model=model,
            reason=say("reason.too_few", n=len(sample), needed=MIN_UNIT_ROOT),
        )
    return in_own_units(sample, model)


def _around(trend: Trend) -> Phrase:
    return say("null.stationary_constant" if trend == "c" else "null.stationary_trend")


def _as_levels(critical_values: dict[str, float]) -> dict[str, float]:
    """Turn statsmodels' ``"2.5%"`` into ``"0.025"``."""
    return {f"{float(k.rstrip('%')) / 100.0:g}": float(v) for k, v in critical_values.items()}


TESTS = (
    SeriesTest("augmented_dickey_fuller", say("model.adf"), adf_test),
    SeriesTest("phillips_perron", say("model.phillips_perron"), phillips_perron_test),
    SeriesTest("kpss", "KPSS", kpss_test),
)
