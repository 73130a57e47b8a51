"""Scores against closed forms and hand calculation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from detente.statistics.forecasting.predictive import Predictive
from detente.statistics.forecasting.scores import crps
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
