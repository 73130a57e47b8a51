"""Step or drift: simulated truth, and the spans in which a level rose or fell."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from detente.analysis.levels import step_sentence
from detente.statistics.level import fit, simulation, step_or_drift, summary, tweedie
from detente.statistics.level.model import Sums
from detente.statistics.level.step_or_drift import StepOrDrift

POWER = 1.3


def _fits(states: np.ndarray, seed: int) -> tuple[fit.Fit, fit.Fit]:
    """Return fits of series of given states; shape (2, series, months)."""
    rng = np.random.default_rng(seed)
    found = []
    for state in states:
        y = tweedie.draw(rng, state, 4.0, POWER)[:, None]
        found.append(fit.fit(Sums(y, np.zeros_like(y)), POWER))
    return found[0], found[1]


def test_a_clear_step_is_a_step_and_dated() -> None:
    months = np.arange(160)
    up, down = 2.0 + 1.5 * (months >= 100), 2.0 - 1.5 * (months >= 100)
    found = step_or_drift.compare(*_fits(np.stack([up, down])[:, None], seed=1), 0)
    assert found is not None
    assert found.verdict == step_or_drift.STEP
    assert found.is_step
    assert abs(found.step[0] - 99) <= 3
    assert "clearly better than drift" in step_sentence(
        found, "A-B", pd.period_range("2000-01", periods=160, freq="M")
    )


def test_a_level_that_never_moves_is_constant() -> None:
    pair = _fits(np.full((2, 6, 150), 2.0), seed=2)
    verdicts = [step_or_drift.compare(*pair, series).verdict for series in range(6)]
    assert verdicts.count(step_or_drift.CONSTANT) >= 5


@pytest.mark.slow
def test_drift_is_seldom_called_a_step() -> None:
    seen = simulation.simulate(simulation.DESIGNS["drift, dense"], 10, 200, seed=3)
    pair = fit.fit(seen.cooperation, POWER), fit.fit(seen.conflict, POWER)
    found = [step_or_drift.compare(*pair, series) for series in range(10)]
    assert sum(one.is_step for one in found) <= 2
    assert (
        sum(
            one.log_marginal[step_or_drift.DRIFT] > one.log_marginal[step_or_drift.STEP]
            for one in found
        )
        >= 7
    )


def test_a_word_of_a_break_needs_three_times_the_probability() -> None:
    even = dict.fromkeys(step_or_drift.WAYS, 0.0)
    near = StepOrDrift({**even, step_or_drift.STEP: 1.0}, (10, 0.5), (10, 0.5))
    clear = StepOrDrift({**even, step_or_drift.STEP: 1.2}, (10, 0.5), (10, 0.5))
    assert near.verdict == clear.verdict == step_or_drift.STEP
    assert not near.is_step
    assert clear.is_step
    months = pd.period_range("2000-01", periods=40, freq="M")
    assert "no break is dated" in step_sentence(near, "A-B", months)


def test_too_few_months_for_two_regimes_have_no_verdict() -> None:
    assert step_or_drift.compare(*_fits(np.full((2, 1, 23), 2.0), seed=3), 0) is None


def test_a_rise_is_found_where_it_was() -> None:
    months = np.arange(140)
    rise = np.interp(months, [70, 90], [1.0, 3.0])
    pair = _fits(np.stack([rise, np.full(140, 1.0)])[:, None], seed=4)
    found = summary.changes(summary.smoothed_summary(*pair, lags=(24,)), 24, 0)
    assert len(found) == 1
    assert found[0].is_rise
    assert found[0].last - found[0].first == 24
    assert 60 <= found[0].first <= 76
    assert found[0].after > found[0].before + 8
    assert found[0].probability >= 0.95
    # A month that nobody saw is no end of a rise: the model only fills it.
    seen = (months < 80) | (months >= 125)
    smoothed = summary.smoothed_summary(*pair, lags=(24,))
    ends = {end for one in summary.changes(smoothed, 24, 0, is_known=seen)
            for end in (one.first, one.last)}  # fmt: skip
    assert ends
    assert all(seen[end] for end in ends)
    assert not seen[found[0].last]
    # Nothing is said of a level that stays.
    still = _fits(np.full((2, 1, 140), 1.0), seed=5)
    assert not summary.changes(summary.smoothed_summary(*still, lags=(24,)), 24, 0)


@pytest.mark.full
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.full)])
def test_one_regime_is_the_sum_over_a_fine_grid(seed: int) -> None:
    """The log density of months at one level, by brute force over the level."""
    pair = _fits(np.full((2, 1, 40), 1.0), seed=seed)
    one = pair[0]
    regimes = step_or_drift._Regimes.of(one, 0, np.arange(41))
    found = regimes.log_densities(1.5, 12)[:, 0, 40]
    at = np.linspace(-6, 6, 4001)
    middle = one.weight[0] @ one.nodes.log_dispersion[0]
    for place, spread in enumerate(step_or_drift._PHI_SPREAD):
        phi = float(np.exp(middle[0] + spread))
        y = one.sums.y[0, 0]
        logs = sum(tweedie.log_density(np.full_like(at, value), at, phi, POWER) for value in y)
        logs = logs - 0.5 * ((at - one.nodes.log_mean[0]) / 1.5) ** 2
        logs -= np.log(1.5 * np.sqrt(2 * np.pi))
        exact = np.logaddexp.reduce(logs) + np.log(at[1] - at[0])
        assert found[place] == pytest.approx(exact, abs=0.02)


@pytest.mark.parametrize("every", [1, 3, 4])
def test_every_partition_counts_once(every: int) -> None:
    """The recursion against a sum over all partitions, written out."""
    n_months = 49
    shortest, ends = 12 // every, step_or_drift.possible_ends(n_months, every)
    assert ends[0] == 0
    assert ends[-1] == n_months
    assert set(np.diff(ends)[1:]) == {every}
    signs = [
        step_or_drift._Regimes.of(one, 0, ends)
        for one in _fits(np.full((2, 1, n_months), 1.0), seed=7)
    ]
    found, (place, _) = step_or_drift._steps(signs, shortest)
    density = [one.log_densities(1.5, shortest) for one in signs]
    prior = signs[0].log_prior[:, None] + signs[1].log_prior[None, :]
    last = len(ends) - 1
    by_number: dict[int, list[float]] = {}
    single: dict[int, float] = {}
    for number in range(4):
        for inner in itertools.combinations(range(1, last), number):
            cuts = [0, *inner, last]
            if min(np.diff(cuts)) < shortest:
                continue
            logs = sum(
                density[0][:, None, first, end] + density[1][None, :, first, end]
                for first, end in itertools.pairwise(cuts)
            )
            by_number.setdefault(number, []).append(
                float(np.logaddexp.reduce(logs + prior, axis=None))
            )
            if number == 1:
                single[inner[0]] = by_number[1][-1]
    assert len(found) == len(by_number)
    for number, logs in by_number.items():
        exact = np.logaddexp.reduce(logs) - np.log(len(logs))
        assert found[number] == pytest.approx(exact, abs=1e-6), number
    assert place + 1 == max(single, key=lambda one: single[one])


def test_by_quarter_the_verdict_is_that_by_month_where_it_is_clear() -> None:
    level = np.repeat([[0.0, 3.0], [0.0, 0.0]], 60, axis=1)[:, None]
    pair = _fits(level, seed=8)
    by_month, by_quarter = (step_or_drift.compare(*pair, 0, every) for every in (1, 3))
    assert by_month is not None
    assert by_quarter is not None
    assert by_month.verdict == by_quarter.verdict == step_or_drift.STEP
    assert abs(by_month.step[0] - by_quarter.step[0]) <= 3
    for way in step_or_drift.WAYS:
        assert by_quarter.log_marginal[way] == pytest.approx(by_month.log_marginal[way], abs=1.5)
