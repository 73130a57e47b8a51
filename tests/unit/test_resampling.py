"""Break tests by resampling: their size, their power, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

from detente.statistics.breaks.critical_values import sup_f_p_value
from detente.statistics.breaks.regression import BreakProblem, pose
from detente.statistics.breaks.resampling import (
    bootstrap_any_trimming,
    bootstrap_sup_f,
    end_of_sample_test,
)
from detente.statistics.breaks.results import analysis_sentence
from detente.statistics.breaks.search import find_breaks
from detente.statistics.breaks.stability import sup_f_test
from detente.statistics.results import Refusal


def _posed(y: np.ndarray) -> BreakProblem:
    problem = pose(y)
    assert not isinstance(problem, Refusal)
    return problem


def _sparse(rng: np.random.Generator, n: int = 150) -> np.ndarray:
    """Months of which two in three are zero, the others heavy-tailed."""
    return rng.poisson(0.4, n) * np.round(rng.standard_t(3, n) * 5, 1)


def test_a_clear_break_is_seen_by_the_bootstrap() -> None:
    rng = np.random.default_rng(1)
    y = rng.normal(0, 1, 150) + 1.5 * (np.arange(150) >= 80)
    found = bootstrap_sup_f(_posed(y), draws=99)
    assert found.p_value == pytest.approx(0.01)
    assert found.settings["date"] in {str(one) for one in range(76, 85)}


@pytest.mark.slow
def test_without_a_break_the_bootstrap_seldom_rejects() -> None:
    rng = np.random.default_rng(2)
    rejected = [
        float(bootstrap_sup_f(_posed(_sparse(rng)), draws=39).p_value or 1) <= 0.05
        for _ in range(40)
    ]
    assert np.mean(rejected) <= 0.15


def test_the_bootstrap_is_the_same_twice() -> None:
    problem = _posed(_sparse(np.random.default_rng(3)))
    first, second = (bootstrap_sup_f(problem, draws=49, seed=7) for _ in range(2))
    assert first == second


def test_a_change_in_the_last_year_is_seen_without_trimming() -> None:
    rng = np.random.default_rng(4)
    y = rng.normal(0, 1, 200)
    y[-12:] += 2.0
    found = end_of_sample_test(_posed(y), 12)
    assert not isinstance(found, Refusal)
    assert found.p_value is not None
    assert found.p_value < 0.02
    # The search with trimming cannot date it there.
    searched = find_breaks(y)
    assert not isinstance(searched, Refusal)
    assert all(one.position < 188 for one in searched.breaks)


@pytest.mark.slow
def test_without_a_change_the_end_is_as_unusual_as_chance_has_it() -> None:
    rng = np.random.default_rng(5)
    values = [end_of_sample_test(_posed(rng.standard_t(4, 180)), 12).p_value for _ in range(120)]
    assert np.mean(np.array(values, dtype=float) <= 0.1) == pytest.approx(0.1, abs=0.08)


def test_the_statistic_is_that_of_andrews_by_hand() -> None:
    """For a mean: the last m values less the mean of those before, squared, times m."""
    rng = np.random.default_rng(6)
    y = rng.normal(3, 1, 150)
    found = end_of_sample_test(_posed(y), 12)
    assert not isinstance(found, Refusal)
    expected = 12 * (y[-12:].mean() - y[:-12].mean()) ** 2
    assert found.statistic == pytest.approx(expected, rel=1e-9)
    assert found.settings["n_stretches"] == 150 - 12 - 12 + 1


def test_too_few_stretches_are_refused() -> None:
    found = end_of_sample_test(_posed(np.random.default_rng(7).normal(0, 1, 100)), 12)
    assert isinstance(found, Refusal)
    assert "ten stretches" in found.reason


def test_nothing_is_dated_on_few_active_periods() -> None:
    y = np.zeros(200)
    y[120:170] = 5.0 + np.arange(50) % 3
    free, gated = find_breaks(y), find_breaks(y, min_active=80)
    assert not isinstance(free, Refusal)
    assert not isinstance(gated, Refusal)
    assert free.breaks
    assert gated.breaks == ()
    assert gated.n_sequential == free.n_sequential
    assert any("nothing is dated on fewer than 80" in one for one in gated.warnings)
    assert analysis_sentence(gated, "x").startswith("No break is dated in x")
    assert "finds no break" not in analysis_sentence(gated, "x")


def test_a_trend_and_a_full_search_are_warned_of() -> None:
    rng = np.random.default_rng(8)
    y = np.arange(200) / 20 + rng.normal(0, 1, 200)
    found = find_breaks(y, max_breaks=2)
    assert not isinstance(found, Refusal)
    assert any("stopped at 2 breaks" in one for one in found.warnings)
    assert any("trend fits better" in one for one in found.warnings)


def test_a_step_without_noise_is_as_sure_as_the_draws_allow() -> None:
    found = bootstrap_sup_f(_posed((np.arange(100) >= 50).astype(float)), draws=19)
    assert found.p_value == pytest.approx(0.05)


def test_the_best_of_several_trimmings_pays_for_having_tried_them() -> None:
    rng = np.random.default_rng(9)
    y = _sparse(rng, 200)
    problem = _posed(y)
    found = bootstrap_any_trimming(problem, draws=49)
    assert not isinstance(found, Refusal)
    each = []
    for share in (0.05, 0.10, 0.15):
        one = pose(y, trimming=share)
        assert not isinstance(one, Refusal)
        test = sup_f_test(one)
        shares = (one.min_segment / one.n_obs, 1 - one.min_segment / one.n_obs)
        each.append(sup_f_p_value(test.statistic, 1, shares))
    assert found.statistic == pytest.approx(min(each), rel=1e-9)
    assert found.settings["min_segments"] == "10, 20, 30"


@pytest.mark.slow
def test_without_a_break_the_best_trimming_seldom_rejects() -> None:
    rng = np.random.default_rng(10)
    tests = [bootstrap_any_trimming(_posed(_sparse(rng)), draws=19) for _ in range(30)]
    values = [one.p_value for one in tests if not isinstance(one, Refusal)]
    assert len(values) == 30
    assert np.mean(np.array(values, dtype=float) <= 0.05) <= 0.2


def test_a_short_series_bears_no_choice_of_trimmings() -> None:
    found = bootstrap_any_trimming(_posed(np.random.default_rng(11).normal(size=50)), draws=9)
    assert isinstance(found, Refusal)
    assert "fewer than two of the trimmings" in found.reason
