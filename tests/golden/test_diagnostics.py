"""Diagnostic tests against reference values on US inflation (statsmodels' macrodata).

The values are those that the test suite of arch 8.0.0 pins for the same series
(arch/tests/unitroot/test_unitroot.py); the dispersion test is repeated from its formula.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from statsmodels.datasets import macrodata

from detente.statistics.diagnostics.dispersion import dispersion_test
from detente.statistics.diagnostics.unit_root import adf_test, kpss_test, phillips_perron_test
from detente.statistics.results import TestResult


@pytest.fixture(scope="module")
def inflation() -> NDArray[np.float64]:
    prices = macrodata.load_pandas().data["cpi"].to_numpy(dtype=np.float64)
    return np.diff(np.log(prices))


def test_adf(inflation: NDArray[np.float64]) -> None:
    result = adf_test(inflation)
    assert isinstance(result, TestResult)
    assert result.statistic == pytest.approx(-3.09310, abs=5e-5)
    assert result.p_value == pytest.approx(0.027067, abs=5e-6)
    assert result.settings["lags"] == 2


def test_kpss(inflation: NDArray[np.float64]) -> None:
    level, line = kpss_test(inflation, lags=12), kpss_test(inflation, "ct", lags=12)
    assert isinstance(level, TestResult)
    assert isinstance(line, TestResult)
    assert level.statistic == pytest.approx(0.3276290340191141, abs=5e-5)
    assert line.statistic == pytest.approx(0.235581902996454, abs=5e-5)
    # Beyond the table's end at 1 % (0.216 with a trend).
    assert line.p_value == 0.01
    assert line.warnings == ("the p-value is 0.01 or smaller",)


def test_phillips_perron(inflation: NDArray[np.float64]) -> None:
    result = phillips_perron_test(inflation, lags=12)
    assert isinstance(result, TestResult)
    assert result.statistic == pytest.approx(-7.8076512, abs=5e-5)
    assert result.n_obs == 201


def test_dispersion_is_the_auxiliary_regression_of_cameron_and_trivedi() -> None:
    y = np.random.default_rng(4).negative_binomial(2, 0.4, size=200).astype(float)
    mean = y.mean()
    left, right = ((y - mean) ** 2 - y) / mean, np.full(200, mean)
    slope = left @ right / (right @ right)
    leverage = right**2 / (right @ right)
    hc3 = np.sum(right**2 * ((left - slope * right) / (1 - leverage)) ** 2) / (right @ right) ** 2
    z = slope / np.sqrt(hc3)
    result = dispersion_test(y)
    assert isinstance(result, TestResult)
    assert result.statistic == pytest.approx(z, rel=1e-6)
    assert result.p_value == pytest.approx(stats.norm.sf(z), rel=1e-5)
