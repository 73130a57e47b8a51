"""Effects of events against other programs and textbook tests."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from detente.statistics.effects.events import Event
from detente.statistics.effects.local_projection import (
    ProjectionSettings,
    local_projection_by_category,
)
from detente.statistics.effects.results import EffectResult
from detente.statistics.hac import HacRegression, ReferenceProcess

WHITE = ReferenceProcess(persistence=0.0, share=0.0)


def test_two_equal_groups_give_students_t_test() -> None:
    """With white errors and no kernel the correction is exact: Student's t test, 2(m-1) degrees.

    Bell and McCaffrey (2002) note the case; scipy is the other program.
    """
    rng = np.random.default_rng(7)
    first, second = rng.standard_normal(9) + 1.0, rng.standard_normal(9)
    y = np.concatenate([first, second])
    x = np.column_stack([np.ones(18), np.repeat([1.0, 0.0], 9)])
    found = HacRegression(y, x, bandwidth=0, reference=WHITE).contrast(np.array([0.0, 1.0]))
    expected = stats.ttest_ind(first, second)
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-10)
    assert found.degrees_of_freedom == pytest.approx(16.0, rel=1e-10)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-10)
    interval = expected.confidence_interval()
    assert (found.lower, found.upper) == pytest.approx((interval.low, interval.high), rel=1e-10)


def test_restricted_likelihood_equals_its_dense_formula() -> None:
    """Patterson and Thompson (1971), written out with full matrices."""
    rng = np.random.default_rng(3)
    y = rng.standard_normal(40)
    x = np.column_stack([np.ones(40), np.arange(40.0), rng.standard_normal(40)])
    differences = []
    for persistence, share in ((0.0, 0.0), (0.6, 0.25), (0.9, 1.0), (0.98, 0.5)):
        process = ReferenceProcess(persistence=persistence, share=share)
        omega = process.covariance(40)
        inverse = np.linalg.inv(omega)
        gram = x.T @ inverse @ x
        residual = y - x @ np.linalg.solve(gram, x.T @ inverse @ y)
        dense = -0.5 * (
            np.linalg.slogdet(omega)[1]
            + np.linalg.slogdet(gram)[1]
            + 37 * np.log(residual @ inverse @ residual)
        )
        differences.append(process.log_likelihood(y, x) - dense)
    np.testing.assert_allclose(differences, 0.0, atol=1e-8)


# US output growth as shock, response of consumption growth at horizons 0 to 4 in local projections
# with 2 lags of output, consumption and investment, and Newey-West errors with 4 lags.
# statsmodels' `LocalProjections` and an independent program in base R with `sandwich` agree on such
# numbers (statsmodels, tsa/vector_ar/tests/results/results_local_proj.R); here statsmodels is run.
def _local_projections() -> type:
    module = pytest.importorskip("statsmodels.tsa.vector_ar.local_proj")
    return module.LocalProjections  # type: ignore[no-any-return]


@pytest.mark.parametrize("horizon", [0, 3, 8])
def test_path_equals_statsmodels_local_projections(horizon: int) -> None:
    """With one category, the indicator and its lags are a shock variable of statsmodels."""
    peer = _local_projections()
    rng = np.random.default_rng(11)
    index = pd.period_range("2000-01", periods=240, freq="M")
    counts = (rng.random(240) < 0.08).astype(float)
    y = pd.Series(np.convolve(rng.standard_normal(240), [1, 0.6, 0.3])[:240], index=index)
    y += 2.0 * np.convolve(counts, [1, 0.5, 0.25])[:240]
    events = [Event(when=index[t], category="launch") for t in np.flatnonzero(counts)]
    settings = ProjectionSettings(horizon=horizon, lags=3, holds_following=False)
    (result,) = local_projection_by_category(y.rename("net"), events, settings)
    assert isinstance(result, EffectResult)
    (term,) = [t for t in result.terms if t.name == "response" and t.horizon == horizon]
    other = peer(
        np.column_stack([counts, y]), shock_idx=0, lags=3, horizons=horizon, trend="c"
    ).fit()
    assert term.estimate.value == pytest.approx(other.irfs[horizon, 1, 0], rel=1e-9)


def test_uncorrected_errors_equal_statsmodels_newey_west() -> None:
    rng = np.random.default_rng(5)
    x = np.column_stack([np.ones(120), rng.standard_normal(120), np.arange(120.0)])
    y = x @ np.array([1.0, 2.0, 0.1]) + rng.standard_normal(120)
    expected = sm.OLS(y, x).fit(cov_type="HAC", cov_kwds={"maxlags": 5, "use_correction": False})
    np.testing.assert_allclose(HacRegression(y, x, 5).covariance, expected.cov_params(), rtol=1e-8)


def test_corrected_error_and_freedom_equal_their_dense_formulas() -> None:
    """The docstring's formulas with full matrices: a'Omega a / tr(SW) and tr(SW)^2 / tr(SWSW)."""
    rng = np.random.default_rng(9)
    n_obs, bandwidth = 60, 3
    x = np.column_stack([np.ones(n_obs), np.arange(n_obs) >= 45, np.arange(n_obs)]).astype(float)
    y = rng.standard_normal(n_obs)
    process = ReferenceProcess(persistence=0.75, share=0.5)
    fit = HacRegression(y, x, bandwidth, process)
    weights = np.array([0.0, 1.0, 0.0])
    found = fit.contrast(weights)
    a = x @ np.linalg.solve(x.T @ x, weights)
    lag = np.abs(np.subtract.outer(np.arange(n_obs), np.arange(n_obs)))
    w = np.outer(a, a) * np.clip(1.0 - lag / (bandwidth + 1.0), 0.0, None)
    maker = np.eye(n_obs) - x @ np.linalg.solve(x.T @ x, x.T)
    omega = process.covariance(n_obs)
    sw = maker @ omega @ maker @ w
    raw = weights @ fit.covariance @ weights
    variance = raw * (a @ omega @ a) / np.trace(sw)
    assert found.standard_error**2 == pytest.approx(variance, rel=1e-9)
    freedom = np.trace(sw) ** 2 / np.trace(sw @ sw)
    assert found.degrees_of_freedom == pytest.approx(freedom, rel=1e-9)
