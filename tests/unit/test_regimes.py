"""The Markov-switching second opinion."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from detente.statistics.diagnostics.regimes import (
    MIN_DURATION,
    RegimeAnalysis,
    find_regimes,
    regime_sentence,
)
from detente.statistics.results import Refusal
from detente.statistics.samples import SeriesError


def _two_levels(seed: int = 1) -> pd.Series:
    rng = np.random.default_rng(seed)
    level = np.where((np.arange(120) >= 40) & (np.arange(120) < 80), 4.0, 0.0)
    index = pd.period_range("2010-01", periods=120, freq="M")
    return pd.Series(level + rng.normal(size=120), index=index)


def test_known_regimes_are_found_and_ordered_by_mean() -> None:
    found = find_regimes(_two_levels())
    assert isinstance(found, RegimeAnalysis)
    assert found.converged
    assert found.means == pytest.approx((0.0, 4.0), abs=0.4)
    assert found.standard_deviations == pytest.approx((1.0, 1.0), abs=0.2)
    assert [(s.last_before, s.before, s.after) for s in found.switches] == [
        ("2013-04", 0, 1),
        ("2016-08", 1, 0),
    ]
    assert found.bic < found.bic_one_regime
    assert found.probabilities.shape == (120, 2)
    assert found.probabilities.sum(axis=1) == pytest.approx(np.ones(120))
    for row in found.transition:
        assert sum(row) == pytest.approx(1.0)
    assert "changes after 2013-04, 2016-08" in regime_sentence(found, "net")


def test_scale_and_shift_carry_through() -> None:
    series = _two_levels()
    plain, moved = find_regimes(series), find_regimes(1000.0 + 50.0 * series)
    assert isinstance(plain, RegimeAnalysis)
    assert isinstance(moved, RegimeAnalysis)
    assert moved.means == pytest.approx([1000.0 + 50.0 * m for m in plain.means], rel=1e-4)
    # A density in units fifty times smaller is fifty times lower.
    assert moved.log_likelihood == pytest.approx(
        plain.log_likelihood - 120 * math.log(50.0), abs=1e-2
    )
    assert moved.bic - moved.bic_one_regime == pytest.approx(
        plain.bic - plain.bic_one_regime, abs=1e-2
    )


def test_the_same_series_gives_the_same_answer() -> None:
    first, second = find_regimes(_two_levels()), find_regimes(_two_levels())
    assert isinstance(first, RegimeAnalysis)
    assert isinstance(second, RegimeAnalysis)
    assert first.log_likelihood == second.log_likelihood


def test_skewed_noise_is_not_called_a_lasting_state() -> None:
    counts = np.random.default_rng(2).poisson(1.0, size=300).astype(float)
    found = find_regimes(counts)
    assert isinstance(found, RegimeAnalysis)
    assert min(found.expected_durations) < MIN_DURATION
    assert any("single periods" in warning for warning in found.warnings)
    assert "no lasting state" in regime_sentence(found, "counts")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (np.arange(49.0), "49 observations"),
        (np.zeros(100), "never changes"),
        (np.r_[np.zeros(80), np.arange(1.0, 21.0)], "fills 80% of the periods"),
    ],
)
def test_series_that_cannot_bear_it_are_refused(values: np.ndarray, reason: str) -> None:
    refusal = find_regimes(values)
    assert isinstance(refusal, Refusal)
    assert reason in refusal.reason


def test_a_regime_that_collapses_is_refused_with_its_value() -> None:
    counts = np.random.default_rng(3).poisson(0.4, size=344).astype(float)
    refusal = find_regimes(counts, switching_variance=True)
    assert isinstance(refusal, Refusal)
    assert "collapses onto the value 0" in refusal.reason


def test_a_fit_that_does_not_converge_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression

    fit = MarkovRegression.fit

    def stopped(self: MarkovRegression, **options: object) -> object:
        return fit(self, **{**options, "maxiter": 1})

    monkeypatch.setattr(MarkovRegression, "fit", stopped)
    found = find_regimes(np.random.default_rng(5).normal(size=100))
    assert isinstance(found, RegimeAnalysis)
    assert not found.converged
    assert found.warnings[0] == "the optimiser did not converge"
    assert "did not converge" in regime_sentence(found, "noise")


def test_gaps_and_single_regimes_are_errors() -> None:
    with pytest.raises(SeriesError, match="missing"):
        find_regimes(np.r_[np.arange(60.0), np.nan, 1.0])
    with pytest.raises(ValueError, match="two regimes"):
        find_regimes(np.arange(60.0), n_regimes=1)
