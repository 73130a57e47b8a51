"""Tests do not depend on the unit of a series nor on its level, and refuse instead of failing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.statistics.breaks.search import find_breaks
from detente.statistics.frames import NotEstimableError
from detente.statistics.hac import HacRegression, ReferenceProcess
from detente.statistics.results import Refusal

SCALES = st.sampled_from([1e-12, 1e-6, 1.0, 1e6, 1e15])
# In spreads of the series.
SHIFTS = st.sampled_from([0.0, 1e3, -1e6, 1e8])


def _stepping(seed: int, n: int = 120) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.round(rng.normal(0, 1, n), 4) + 2.0 * (np.arange(n) >= 70)


@settings(max_examples=12)
@given(scale=SCALES, shift=SHIFTS, seed=st.integers(0, 20))
def test_regressions_with_newey_west_errors(scale: float, shift: float, seed: int) -> None:
    y = _stepping(seed)
    x = np.column_stack([np.ones(len(y)), np.arange(len(y)) >= 70.0])
    here = HacRegression(y, x)
    there = HacRegression(scale * (y + shift), x)
    one, other = here.coefficient(1), there.coefficient(1)
    digits = 1e-9 + 1e-14 * abs(shift)
    assert other.value / scale == pytest.approx(one.value, rel=1e3 * digits)
    assert other.p_value == pytest.approx(one.p_value, rel=1e5 * digits)
    assert there.coefficients[0] / scale == pytest.approx(
        here.coefficients[0] + shift, rel=1e-9, abs=1e-6
    )


@settings(max_examples=8)
@given(scale=SCALES, shift=SHIFTS, seed=st.integers(0, 20))
def test_breaks(scale: float, shift: float, seed: int) -> None:
    y = _stepping(seed)
    here, there = find_breaks(y), find_breaks(scale * (y + shift))
    assert not isinstance(here, Refusal)
    assert not isinstance(there, Refusal)
    assert [one.position for one in there.breaks] == [one.position for one in here.breaks]
    assert there.sup_f.statistic == pytest.approx(here.sup_f.statistic, rel=1e-3)
    for one, other in zip(here.breaks, there.breaks, strict=True):
        mean = one.after["mean"] + shift
        assert other.after["mean"] / scale == pytest.approx(mean, rel=1e-6, abs=1e-4)


@pytest.mark.parametrize("level", [1e8, 1e14, -3e15])
def test_what_only_rounding_moves_is_no_series(level: float) -> None:
    rng = np.random.default_rng(1)
    y = level * (1 + 1e-16 * rng.normal(0, 1, 150))
    assert isinstance(find_breaks(y), Refusal)
    x = np.column_stack([np.ones(150), np.arange(150) >= 70.0])
    with pytest.raises(NotEstimableError):
        HacRegression(y, x).coefficient(1)


def test_an_infinite_value_is_refused() -> None:
    y = _stepping(0)
    y[3] = np.inf
    with pytest.raises(NotEstimableError, match="infinite"):
        HacRegression(y, np.ones((len(y), 1)))


@settings(max_examples=15)
@given(
    persistence=st.floats(0.05, 0.98), share=st.floats(0, 1), width=st.integers(0, 6),
    n=st.integers(8, 60), seed=st.integers(0, 100),
)  # fmt: skip
def test_traces_in_linear_memory_are_those_of_the_whole_matrices(
    persistence: float, share: float, width: int, n: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    process = ReferenceProcess(persistence=persistence, share=share)
    omega = process.covariance(n)
    diagonals = [rng.normal(0, 1, n - lag) for lag in range(width + 1)]
    w = np.zeros((n, n))
    for lag, one in enumerate(diagonals):
        w += np.diag(one, lag) + (np.diag(one, -lag) if lag else 0)
    x = rng.normal(0, 1, (n, 3))
    np.testing.assert_allclose(process.applied_to(x), omega @ x, atol=1e-9)
    assert process.trace_of_product(diagonals) == pytest.approx(np.trace(omega @ w), abs=1e-8)
    expected = np.trace(omega @ w @ omega @ w)
    assert process.trace_of_square(diagonals) == pytest.approx(expected, rel=1e-8, abs=1e-8)


def test_ten_thousand_points_need_no_square_matrix() -> None:
    rng = np.random.default_rng(2)
    n = 10_000
    x = np.column_stack([np.ones(n), np.arange(n) % 500 < 12]).astype(float)
    found = HacRegression(rng.normal(0, 1, n), x).coefficient(1)
    assert found.p_value > 1e-4
