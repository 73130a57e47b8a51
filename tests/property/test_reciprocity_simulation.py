"""Size and coverage where the truth is known. Bounds are three binomial standard errors wide."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from detente.statistics.reciprocity.granger import GrangerResult, granger
from detente.statistics.reciprocity.impulse import ImpulseResult, impulse_responses
from detente.statistics.reciprocity.var_model import VarFit, VarSettings, fit_var
from detente.statistics.samples import FloatArray
from tests.support.some import some

NAMES = ["A>B", "B>A"]


def _frame(path: FloatArray) -> pd.DataFrame:
    index = pd.period_range("2000-01", periods=len(path), freq="M")
    return pd.DataFrame(path, index=index, columns=NAMES)


def _simulate(slopes: FloatArray, errors: FloatArray) -> pd.DataFrame:
    path = errors.copy()
    for t in range(1, len(path)):
        path[t] += slopes @ path[t - 1]
    return _frame(path[50:])


def _fit(frame: pd.DataFrame, **settings: float | str) -> VarFit:
    fit = fit_var(frame, VarSettings(**settings))  # type: ignore[arg-type]
    assert isinstance(fit, VarFit)
    return fit


def _ask(fit: VarFit) -> GrangerResult:
    result = granger(fit, "A>B", ["B>A"])
    assert isinstance(result, GrangerResult)
    return result


@pytest.mark.full
def test_without_reciprocity_the_test_rejects_at_its_level() -> None:
    """Own persistence and answers the other way, none in the direction asked; 300 months.

    The lag by BIC and whiteness. Choosing the lag from the same data costs a little.
    """
    rng = np.random.default_rng(1)
    slopes = np.array([[0.5, 0.0], [0.4, 0.3]])
    tests = [
        _ask(_fit(_simulate(slopes, rng.standard_normal((350, 2))), criterion="bic"))
        for _ in range(300)
    ]
    rejected = np.mean([result.test.rejects() for result in tests])
    assert 0.05 - 0.038 <= rejected <= 0.05 + 0.038


@pytest.mark.full
def test_among_unrelated_walks_toda_yamamoto_keeps_its_level_and_plain_f_does_not() -> None:
    """The extra lag comes from the unit-root tests, which miss a walk now and then."""
    rng = np.random.default_rng(2)
    plain, repaired = [], []
    for _ in range(300):
        result = _ask(_fit(_frame(rng.standard_normal((250, 2)).cumsum(axis=0)), max_lag=3))
        plain.append(result.also["F"].rejects())
        repaired.append(result.test.rejects())
    assert np.mean(repaired) <= 0.05 + 0.038
    assert np.mean(plain) >= 0.09


@pytest.mark.full
def test_where_variance_comes_in_spells_the_robust_test_keeps_its_level() -> None:
    """Both series share a volatility that last month's surprises drive, as events do."""
    rng = np.random.default_rng(3)
    plain, robust = [], []
    for _ in range(300):
        errors = rng.standard_normal((350, 2))
        for t in range(1, 350):
            errors[t] *= np.sqrt(0.4 + 0.3 * (errors[t - 1] ** 2).sum())
        fit = _fit(_simulate(0.2 * np.eye(2), errors), max_lag=1)
        result = _ask(fit)
        plain.append(result.also["F"].rejects())
        robust.append(result.also["robust F"].rejects())
    assert np.mean(robust) <= 0.05 + 0.038
    assert np.mean(plain) >= 0.10


@pytest.mark.full
def test_bands_of_responses_cover_the_truth() -> None:
    """A persistent pair (largest root 0.8), 300 months, 95% bands.

    Percentile bands of vector autoregressions are known to fall a little short of their level in
    samples of this size (Kilian 1998).
    """
    rng = np.random.default_rng(4)
    slopes = np.array([[0.7, 0.2], [0.1, 0.6]])
    chol = np.array([[1.0, 0.0], [0.4, 0.9]])
    sigma = chol @ chol.T
    moving = [np.linalg.matrix_power(slopes, h) for h in range(9)]
    truth = {
        "orthogonalised": np.stack([m @ chol for m in moving]),
        "generalised": np.stack([m @ sigma / np.sqrt(np.diag(sigma)) for m in moving]),
    }
    covered: dict[str, list[FloatArray]] = {kind: [] for kind in truth}
    for _ in range(200):
        fit = _fit(_simulate(slopes, rng.standard_normal((350, 2)) @ chol.T), max_lag=2)
        result = impulse_responses(fit, horizon=8, n_draws=500, seed=int(rng.integers(2**31)))
        if not isinstance(result, ImpulseResult):
            continue
        for kind, values in truth.items():
            rows = result.responses.query("kind == @kind").sort_values(
                ["horizon", "response", "impulse"]
            )
            low, high = (rows[end].to_numpy().reshape(9, 2, 2) for end in ("lower", "upper"))
            covered[kind].append((low <= values) & (values <= high))
    for parts in some(covered.values()):
        assert len(parts) >= 195
        rates = np.mean(parts, axis=0)
        assert 0.92 <= rates.mean() <= 0.97
        assert rates.min() >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 200) - 0.03
