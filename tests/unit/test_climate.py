"""Acts around a common climate: what is found, what is not, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from detente.statistics.reciprocity import climate, simulation
from detente.statistics.reciprocity.climate import Climate, predictions
from detente.statistics.results import Refusal
from detente.statistics.samples import SeriesError


def _fitted(name: str, seed: int, n_weeks: int = 700) -> Climate:
    frame = simulation.simulate(simulation.DESIGNS[name], n_weeks, np.random.default_rng(seed))
    found = predictions(frame)
    assert isinstance(found, Climate)
    return found


def test_answering_is_found_and_its_direction_told() -> None:
    found = _fitted("one answers", 1, 1400)
    first, second = found.predictions
    assert (first.predicted, first.predictor) == ("A>B", "B>A")
    assert first.test.rejects(0.01)
    assert 1.0 < first.lower < first.ratio < first.upper
    assert not second.test.rejects(0.01)


def test_a_common_climate_alone_is_no_answering() -> None:
    found = [_fitted("common climate, half a year", seed) for seed in range(6)]
    both = [all(one.ratio > 1 and one.test.rejects() for one in f.predictions) for f in found]
    assert sum(both) == 0
    assert np.median([one.spread for one in found]) > 0.3


def test_the_mode_is_that_of_a_general_optimiser() -> None:
    """Path and coefficients by Newton's method against BFGS on the same log posterior."""
    frame = simulation.simulate(simulation.Design(), 200, np.random.default_rng(3))
    counts = frame.to_numpy().T
    x = np.stack([climate._regressors(counts[i], counts[1 - i]) for i in (0, 1)])
    model = climate._Model(counts[:, climate.LONG :], x)
    rho, spread = 0.9, 0.5
    found = model.mode(rho, spread)
    seen = counts[:, climate.LONG :]
    n = seen.shape[1]
    lags = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    precision = np.linalg.inv(spread**2 * rho**lags)

    def loss(at: np.ndarray) -> tuple[float, np.ndarray]:
        path, beta = at[:n], at[n:].reshape(2, -1)
        log_mean = path + np.einsum("itk,ik->it", x, beta)
        excess = np.exp(log_mean) - seen
        value = float((np.exp(log_mean) - seen * log_mean).sum() + path @ precision @ path / 2)
        slope = np.concatenate(
            [excess.sum(axis=0) + precision @ path, np.einsum("itk,it->ik", x, excess).ravel()]
        )
        return value, slope

    start = np.concatenate([np.zeros(n), model._start().ravel()])
    best = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 5000, "ftol": 0})
    np.testing.assert_allclose(found.beta.ravel(), best.x[n:], atol=2e-3)
    np.testing.assert_allclose(found.path, best.x[:n], atol=2e-3)


def test_the_covariance_is_the_block_of_the_whole_inverse() -> None:
    frame = simulation.simulate(simulation.Design(), 180, np.random.default_rng(4))
    counts = frame.to_numpy().T
    x = np.stack([climate._regressors(counts[i], counts[1 - i]) for i in (0, 1)])
    model = climate._Model(counts[:, climate.LONG :], x)
    found = model.mode(0.8, 0.6)
    n, k = x.shape[1], x.shape[2]
    lags = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    whole = np.zeros((n + 2 * k, n + 2 * k))
    whole[:n, :n] = np.linalg.inv(0.36 * 0.8**lags) + np.diag(found.mean.sum(axis=0))
    for i in (0, 1):
        part = slice(n + i * k, n + (i + 1) * k)
        whole[:n, part] = found.mean[i][:, None] * x[i]
        whole[part, :n] = whole[:n, part].T
        whole[part, part] = x[i].T @ (found.mean[i][:, None] * x[i])
    np.testing.assert_allclose(found.covariance, np.linalg.inv(whole)[n:, n:], rtol=1e-6, atol=1e-9)


def test_few_acts_and_no_counts_are_refused() -> None:
    weeks = pd.period_range("2000-01-03", periods=400, freq="W-SUN")
    few = pd.DataFrame({"a": 0.0, "b": 1.0}, index=weeks)
    found = predictions(few)
    assert isinstance(found, Refusal)
    assert "0 weeks with acts (a); at least 20" in found.reason
    half = predictions(few + 0.5)
    assert isinstance(half, Refusal)
    assert "not counts" in half.reason
    short = predictions(few.iloc[:100])
    assert isinstance(short, Refusal)
    assert "100 weeks" in short.reason
    with pytest.raises(SeriesError, match="every period"):
        predictions(few.drop(few.index[7]))


@pytest.mark.full
def test_neither_side_is_said_to_predict_where_only_the_climate_is_shared() -> None:
    """At 5% both directions are claimed in no more than a few of 100."""
    for name in ("common climate, half a year", "common climate, two months", "a climate each"):
        found = [_fitted(name, seed, 1000) for seed in range(40)]
        both = [all(one.ratio > 1 and one.test.rejects() for one in f.predictions) for f in found]
        assert np.mean(both) <= 0.05
