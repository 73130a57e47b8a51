"""The Ljung-Box test of autocorrelation."""

from __future__ import annotations

from detente.base.phrases import say
from detente.statistics.autocorrelation import ljung_box
from detente.statistics.diagnostics.inputs import SeriesTest, Values, in_own_units, span
from detente.statistics.results import Refusal, TestResult
from detente.statistics.samples import take_sample


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
    moving = in_own_units(sample, say("model.ljung_box"))
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
        settings=span(sample) | {"lags": chosen, "n_parameters": n_parameters},
    )


TESTS = (SeriesTest("ljung_box", say("model.ljung_box"), autocorrelation_test),)
