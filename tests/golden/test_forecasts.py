"""Scores and tests against closed forms and hand calculation; forecasts against statsmodels."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.tsa.api import VAR
from statsmodels.tsa.ar_model import AutoReg
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.statespace.sarimax import SARIMAX

from detente.statistics.forecasting.counts import CountAutoregression
from detente.statistics.forecasting.diebold_mariano import diebold_mariano
from detente.statistics.forecasting.linear import (
    Autoregression,
    Directions,
    ExponentialSmoothing,
    MovingAverage,
)
from detente.statistics.forecasting.predictive import Predictive
from detente.statistics.forecasting.scores import crps, log_score
from detente.statistics.results import Refusal, TestResult
from detente.statistics.samples import FloatArray

SHARES = (np.arange(20_000) + 0.5) / 20_000


def _score(points: FloatArray, observed: float) -> float:
    return float(crps(Predictive.of(points), np.asarray(observed)))


@pytest.mark.parametrize("observed", [-2.5, -0.3, 0.0, 1.0, 4.0])
def test_the_crps_of_a_normal_forecast_is_its_closed_form(observed: float) -> None:
    # Gneiting, Raftery, Westveld and Goldman (2005), Monthly Weather Review 133, equation 5.
    mean, deviation = 0.5, 2.0
    z = (observed - mean) / deviation
    closed = deviation * (
        z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / math.sqrt(math.pi)
    )
    points = stats.norm.ppf(SHARES, mean, deviation)
    assert _score(points, observed) == pytest.approx(closed, abs=2e-4)


@pytest.mark.parametrize("observed", [0.2, 1.0, 3.0])
def test_the_crps_of_an_exponential_forecast_is_its_closed_form(observed: float) -> None:
    # |y| - 2 F(y) / rate + 1 / (2 rate) for y >= 0: Jordan, Krueger and Lerch (2019), appendix A.
    rate = 1.5
    closed = observed - 2 * (1 - math.exp(-rate * observed)) / rate + 1 / (2 * rate)
    points = stats.expon.ppf(SHARES, scale=1 / rate)
    assert _score(points, observed) == pytest.approx(closed, abs=2e-4)


def test_the_crps_of_a_coin_is_worked_out_by_hand() -> None:
    # Points 0 and 1, observed 0: mean |x - y| = 1/2, half the mean |x - x'| = 1/4.
    assert _score(np.array([0.0, 1.0]), 0.0) == pytest.approx(0.25)
    # Observed 3: (3 + 2) / 2 - 1/4.
    assert _score(np.array([1.0, 0.0]), 3.0) == pytest.approx(2.25)


def test_the_crps_of_a_poisson_forecast_is_its_sum() -> None:
    # The integral of (F(x) - [y <= x])^2 over x, a sum of steps for counts.
    mean, observed = 1.3, 2
    steps = np.arange(200)
    closed = float(((stats.poisson.cdf(steps, mean) - (observed <= steps)) ** 2).sum())
    points = stats.poisson.ppf(SHARES, mean)
    assert _score(points, observed) == pytest.approx(closed, abs=2e-4)


def test_the_log_score_of_a_count_is_minus_the_log_of_its_probability() -> None:
    forecast = Predictive.of(stats.poisson.ppf(SHARES, 1.3))
    for count in range(5):
        expected = -stats.poisson.logpmf(count, 1.3)
        assert float(log_score(forecast, np.asarray(count))) == pytest.approx(expected, abs=5e-3)
    # What no point foresaw: (0 + 1/2) / (n + 1).
    never = float(log_score(Predictive.of(np.zeros(99)), np.asarray(7.0)))
    assert never == pytest.approx(math.log(200.0))


def test_diebold_and_marianos_statistic_is_that_of_a_hand_calculation() -> None:
    # d = 1, 0, 1, 0, ... (20 values): mean 1/2, autocovariances 1/4 and -(19/20)/4, so that one
    # step ahead V = 1/4 and DM = (1/2) / sqrt((1/4) / 20) = sqrt(20). The correction at h = 1 is
    # sqrt((n - 1) / n), which leaves sqrt(19).
    losses = np.tile([1.0, 0.0], 10)
    found = diebold_mariano(losses, np.zeros(20), 1, ("one", "other"), "loss")
    assert isinstance(found, TestResult)
    assert found.statistic == pytest.approx(math.sqrt(19.0))
    assert found.p_value == pytest.approx(2 * stats.t.sf(math.sqrt(19.0), 19))


def test_two_steps_ahead_the_statistic_counts_one_autocovariance() -> None:
    # d = 1, 1, 0, 0, ... (24 values): autocovariances 1/4 and (1/24) (12 - 11) / 4, since of the 23
    # neighbours 12 are alike and 11 are not. V = 1/4 + 2/96; the correction is
    # sqrt((24 + 1 - 4 + 2/24) / 24).
    losses = np.tile([1.0, 1.0, 0.0, 0.0], 6)
    found = diebold_mariano(losses, np.zeros(24), 2, ("one", "other"), "loss")
    assert isinstance(found, TestResult)
    expected = 0.5 / math.sqrt((0.25 + 2 / 96) / 24) * math.sqrt((21 + 2 / 24) / 24)
    assert found.statistic == pytest.approx(expected)


def test_equal_losses_and_few_origins_are_refused() -> None:
    same = diebold_mariano(np.ones(30), np.ones(30), 1, ("one", "other"), "loss")
    few = diebold_mariano(np.arange(9.0), np.ones(9), 1, ("one", "other"), "loss")
    assert isinstance(same, Refusal)
    assert isinstance(few, Refusal)


def test_a_variance_that_is_not_positive_is_weighted_and_told() -> None:
    # Alternating differences: the first autocovariance outweighs the variance.
    found = diebold_mariano(np.tile([1.0, -1.0], 15), np.zeros(30), 2, ("one", "other"), "loss")
    assert isinstance(found, TestResult)
    assert np.isfinite(found.statistic)
    assert found.warnings


@pytest.fixture(scope="module")
def history() -> FloatArray:
    """Two series that follow their own past and each other's, 240 months."""
    rng = np.random.default_rng(5)
    values = np.zeros((300, 2))
    for month in range(1, 300):
        values[month] = [1.0, -0.5] + np.array([[0.5, 0.2], [0.1, 0.4]]) @ values[month - 1]
        values[month] += rng.standard_normal(2) * [2.0, 1.0]
    return values[60:]


def test_the_autoregression_forecasts_what_statsmodels_does(history: FloatArray) -> None:
    fitted = Autoregression().fit(history[:200])
    lags = [int(lag) for lag in str(fitted.settings["lags"]).split(", ")]
    theirs = AutoReg(history[:200].sum(axis=1), lags, hold_back=12).fit()
    np.testing.assert_allclose(fitted.path(history[:200], 6), theirs.forecast(6), rtol=1e-9)
    # Applied to a longer history: the parameters of then, the months of now.
    later = theirs.apply(history.sum(axis=1))
    np.testing.assert_allclose(fitted.path(history, 6), later.forecast(6), rtol=1e-9)


def test_the_arma_model_forecasts_what_statsmodels_does(history: FloatArray) -> None:
    fitted = MovingAverage().fit(history[:200])
    values = history.sum(axis=1)
    mean = values[:200].mean()
    theirs = SARIMAX(values[:200] - mean, order=(1, 0, 1), concentrate_scale=True).fit(disp=False)
    np.testing.assert_allclose(
        fitted.path(history[:200], 6), mean + theirs.forecast(6), rtol=1e-6, atol=1e-6
    )
    later = theirs.apply(values - mean)
    np.testing.assert_allclose(fitted.path(history, 6), mean + later.forecast(6), atol=1e-6)
    np.testing.assert_allclose(
        fitted.weights(6)[:, 0], theirs.impulse_responses(steps=5), rtol=1e-9
    )


@pytest.mark.parametrize("has_trend", [False, True])
def test_exponential_smoothing_forecasts_what_statsmodels_does(has_trend: bool) -> None:
    rng = np.random.default_rng(8)
    level = np.cumsum(rng.normal(0.8 * 0.97 ** np.arange(160) if has_trend else 0.0, 0.3, 160))
    values = 5.0 + level + rng.standard_normal(160) * (0.1 if has_trend else 1.0)
    fitted = ExponentialSmoothing().fit(values[:, None])
    assert fitted.settings["form"] == ("ETS(A,Ad,N)" if has_trend else "ETS(A,N,N)")
    series = pd.Series(values, index=pd.period_range("2001-01", periods=160, freq="M"))
    theirs = ETSModel(
        series, error="add", trend="add" if has_trend else None, damped_trend=has_trend
    ).fit(disp=False)
    np.testing.assert_allclose(fitted.path(values[:, None], 6), theirs.forecast(6), rtol=1e-6)
    # Their variance of a forecast is that of surprises of the variance of the residuals.
    exact = theirs.get_prediction(start=160, end=165).forecast_variance
    variance = theirs.mse * np.cumsum(fitted.weights(6)[:, 0] ** 2)
    np.testing.assert_allclose(variance, exact, rtol=1e-6)


def test_the_two_directions_forecast_what_statsmodels_does(history: FloatArray) -> None:
    fitted = Directions().fit(history[:200])
    lag = int(fitted.settings["lags"])
    theirs = VAR(history[:200]).fit(lag, trend="c")
    expected = theirs.forecast(history[200 - lag : 200], 6).sum(axis=1)
    np.testing.assert_allclose(fitted.path(history[:200], 6), expected, rtol=1e-9)
    # The variance of the sum, by the weights and by statsmodels' own matrices.
    sigma = np.asarray(theirs.sigma_u)
    variance = np.cumsum([row @ sigma @ row for row in fitted.weights(6)])
    exact = [matrix.sum() for matrix in theirs.mse(6)]
    np.testing.assert_allclose(variance, exact, rtol=1e-9)


def test_bootstrapped_errors_have_the_variance_of_the_model(history: FloatArray) -> None:
    fitted = Directions().fit(history)
    drawn = fitted.draw(history, 6, 20_000, np.random.default_rng(1))
    covariance = np.cov(fitted.residuals.T, ddof=0)
    exact = np.cumsum([row @ covariance @ row for row in fitted.weights(6)])
    np.testing.assert_allclose(drawn.mean(axis=1), fitted.path(history, 6), atol=0.05)
    np.testing.assert_allclose(drawn.var(axis=1), exact, rtol=0.04)


def test_the_count_model_finds_the_process_that_made_the_counts() -> None:
    rng = np.random.default_rng(11)
    counts = np.zeros(3000)
    for month in range(12, 3000):
        past = np.log1p([counts[month - 1], counts[month - 12 : month].mean()])
        mean = np.exp(-0.2 + np.array([0.3, 0.4]) @ past)
        counts[month] = rng.poisson(rng.gamma(2.0, mean / 2.0))
    fitted = CountAutoregression().fit(counts[:, None])
    assert fitted.settings["distribution"] == "negative binomial"
    np.testing.assert_allclose(fitted.coefficients, [-0.2, 0.3, 0.4], atol=0.15)
    assert fitted.dispersion == pytest.approx(0.5, abs=0.12)


def test_a_poisson_count_is_forecast_with_poissons_probabilities() -> None:
    # Without memory the month after is Poisson again; 6 of 1000 draws are three standard errors.
    rng = np.random.default_rng(2)
    counts = rng.poisson(0.8, 4000).astype(float)
    fitted = CountAutoregression().fit(counts[:, None])
    drawn = fitted.draw(counts[:, None], 3, 40_000, rng)
    for step in drawn:
        shares = [float(np.mean(step == count)) for count in range(4)]
        np.testing.assert_allclose(shares, stats.poisson.pmf(range(4), 0.8), atol=0.02)
