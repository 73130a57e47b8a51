"""Structural breaks: refusals, edges, sentences, speed, and behaviour in simulation."""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from detente.statistics.breaks.critical_values import sup_f_p_value
from detente.statistics.breaks.dates import argmax_cdf, argmax_quantile, break_intervals
from detente.statistics.breaks.long_run import long_run_covariance
from detente.statistics.breaks.regression import BreakProblem, pose
from detente.statistics.breaks.results import BreakAnalysis, analysis_sentence, break_sentence
from detente.statistics.breaks.search import find_breaks
from detente.statistics.breaks.segmentation import minimal_segment, segment
from detente.statistics.breaks.stability import (
    cusum_test,
    double_maximum_test,
    sequential_test,
    sup_f_test,
)
from detente.statistics.results import Refusal, TestResult
from detente.statistics.samples import FloatArray, SeriesError
from detente.statistics.sentences import result_sentence


def _months(values: FloatArray) -> pd.Series:
    return pd.Series(values, index=pd.period_range("1998-01", periods=len(values), freq="M"))


def _autoregression(rng: np.random.Generator, n_obs: int, memory: float) -> FloatArray:
    noise = rng.normal(size=n_obs + 50)
    for t in range(1, n_obs + 50):
        noise[t] += memory * noise[t - 1]
    return noise[50:]


def _analysis(outcome: BreakAnalysis | Refusal) -> BreakAnalysis:
    assert isinstance(outcome, BreakAnalysis), outcome
    return outcome


def _problem(outcome: BreakProblem | Refusal) -> BreakProblem:
    assert isinstance(outcome, BreakProblem), outcome
    return outcome


@pytest.fixture(scope="module")
def shifted() -> pd.Series:
    """Months with one rise of the mean, after 2014-08."""
    values = np.random.default_rng(21).normal(size=300)
    values[200:] += 4.0
    return _months(values)


# --- finding -----------------------------------------------------------------------------------


def test_a_clear_shift_is_dated_with_its_levels(shifted: pd.Series) -> None:
    found = _analysis(find_breaks(shifted))
    (one,) = found.breaks
    assert (one.last_before, one.first_after, one.position) == ("2014-08", "2014-09", 200)
    assert one.lower is not None
    assert one.upper is not None
    assert one.lower <= "2014-08" <= one.upper
    assert one.before["mean"] == pytest.approx(shifted.iloc[:200].mean())
    assert one.after["mean"] == pytest.approx(shifted.iloc[200:].mean())
    assert (found.first_possible, found.last_possible) == ("2001-09", "2019-03")
    assert found.cusum.rejects(0.01)
    assert found.sup_f.settings["date"] == "2014-08"


def test_sentences_carry_the_numbers_and_the_limits(shifted: pd.Series) -> None:
    found = _analysis(find_breaks(shifted, level=0.9))
    (one,) = found.breaks
    sentence = break_sentence(one, "Japan-South Korea net cooperation")
    assert sentence == (
        f"Break in Japan-South Korea net cooperation after 2014-08 (90% interval {one.lower} to "
        f"{one.upper}): the mean goes from {one.before['mean']:.3g} to {one.after['mean']:.3g}."
    )
    whole = analysis_sentence(found, "net")
    assert whole.startswith("The sequential sup-F test at 0.05 finds 1 break in net, 1998-01 to ")
    assert "BIC 1 and LWZ 1" in whole
    assert whole.endswith("only breaks after 2001-09 to 2019-03 were considered.")


def test_no_break_is_said_as_not_found() -> None:
    found = _analysis(find_breaks(_months(np.random.default_rng(22).normal(size=300))))
    assert found.breaks == ()
    sentence = analysis_sentence(found, "net")
    assert "finds no break in net" in sentence
    assert f"one break against none: p = {found.sup_f.p_value:.3f}" in sentence
    bic = _analysis(find_breaks(np.random.default_rng(22).normal(size=300), select="bic"))
    assert analysis_sentence(bic, "net").startswith("BIC prefers no break in net, 1 to 300 (")


def test_the_number_of_breaks_can_follow_either_rule() -> None:
    # Autocorrelation without break: BIC takes slow noise for breaks, the robust test does not.
    values = _autoregression(np.random.default_rng(23), 300, 0.7)
    robust, bic = _analysis(find_breaks(values)), _analysis(find_breaks(values, select="bic"))
    assert robust.n_bic == bic.n_bic > 0
    assert robust.n_sequential == bic.n_sequential == 0
    assert (len(robust.breaks), len(bic.breaks)) == (0, bic.n_bic)
    assert any("too many breaks" in warning for warning in bic.warnings)


def test_regressors_may_change_their_coefficients() -> None:
    rng = np.random.default_rng(24)
    driver = rng.normal(size=200)
    values = _months(np.where(np.arange(200) < 120, 0.5, 2.0) * driver + 0.3 * rng.normal(size=200))
    exog = pd.DataFrame({"driver": driver}, index=values.index)
    (one,) = _analysis(find_breaks(values, exog, max_breaks=1)).breaks
    assert one.position == 120
    assert one.before["driver"] == pytest.approx(0.5, abs=0.1)
    assert one.after["driver"] == pytest.approx(2.0, abs=0.1)
    assert "the constant goes from" in break_sentence(one, "X")
    assert "the driver goes from 0.5" in break_sentence(one, "X")


def test_missing_months_are_left_out_and_said(shifted: pd.Series) -> None:
    holed = shifted.copy()
    holed.iloc[[10, 11, 150]] = np.nan
    found = _analysis(find_breaks(holed))
    assert (found.n_obs, found.n_missing) == (297, 3)
    assert found.breaks[0].last_before == "2014-08"
    assert found.warnings[0].startswith("3 periods without a value were left out")


def test_a_break_beyond_reach_is_flagged_at_the_edge() -> None:
    values = np.random.default_rng(25).normal(size=300)
    values[280:] += 6.0
    found = _analysis(find_breaks(_months(values), select="bic", max_breaks=1))
    assert found.breaks[0].last_before == found.last_possible
    assert any("edge of the range" in warning for warning in found.warnings)
    assert "may lie beyond it" in break_sentence(found.breaks[0], "X")
    assert "at the edge of the search)" in analysis_sentence(found, "X")
    nearer = _analysis(find_breaks(_months(values), min_segment=12, select="bic", max_breaks=1))
    assert nearer.breaks[0].position == 280
    assert not any("edge of the range" in warning for warning in nearer.warnings)


def test_a_noiseless_step_has_a_date_but_no_interval() -> None:
    values = np.where(np.arange(200) < 120, 0.0, 1.0)
    found = _analysis(find_breaks(_months(values)))
    (one,) = found.breaks
    assert one.position == 120
    assert (one.lower, one.upper) == (None, None)
    assert "does not vary" in one.warnings[0]
    assert found.sup_f.statistic == math.inf
    assert found.sup_f.p_value == 0.0
    assert "(no interval)" in break_sentence(one, "X")
    assert "statistic infinite" in result_sentence(found.sup_f, "X")


def test_a_quiet_regime_before_events_begin_is_no_error() -> None:
    # A dyad without any event for ten years, then a few each month.
    values = np.zeros(300)
    values[130:] = np.random.default_rng(26).poisson(1.0, size=170)
    found = _analysis(find_breaks(_months(values)))
    assert found.n_sequential >= 1
    assert abs(found.breaks[0].position - 130) <= 3
    assert all(
        math.isfinite(value)
        for one in found.breaks
        for value in (*one.before.values(), *one.after.values())
    )


def test_opposite_changes_that_hide_each_other_are_seen_by_the_double_maximum() -> None:
    values = np.random.default_rng(27).normal(size=240)
    values[90:150] += 2.0
    problem = _problem(pose(values))
    found = segment(problem.sample.values, min_segment=problem.min_segment)
    outcome = double_maximum_test(problem, found)
    assert isinstance(outcome, TestResult)
    assert outcome.p_value is None
    assert outcome.rejects(0.01)
    # The largest statistic is that of two breaks, not of one.
    assert outcome.statistic > sup_f_test(problem).statistic
    assert "critical value 8.88" in result_sentence(outcome, "X")


# --- refusing ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "options", "reason"),
    [
        (np.arange(19.0), {}, "19 observations"),
        (np.arange(30.0), {"trimming": 0.1}, "regimes of 3 observations are too short"),
        (np.arange(30.0), {"min_segment": 16}, "too few for two regimes of 16"),
        (np.zeros(100), {}, "never changes"),
        (np.r_[np.zeros(95), np.ones(5)], {}, "only 5 of 100"),
    ],
)
def test_what_a_series_cannot_bear_is_refused(
    values: FloatArray, options: dict[str, float], reason: str
) -> None:
    outcome = find_breaks(values, **options)  # type: ignore[arg-type]
    assert isinstance(outcome, Refusal)
    assert reason in outcome.reason


def test_malformed_input_is_an_error(shifted: pd.Series) -> None:
    with pytest.raises(ValueError, match="trimming"):
        find_breaks(shifted, trimming=0.6)
    with pytest.raises(SeriesError, match="same index"):
        find_breaks(shifted, pd.DataFrame({"x": np.arange(300.0)}))
    with pytest.raises(SeriesError, match="finite"):
        find_breaks(shifted, pd.DataFrame({"x": np.nan}, index=shifted.index))
    with pytest.raises(SeriesError, match="linearly dependent"):
        find_breaks(shifted, pd.DataFrame({"x": 1.0}, index=shifted.index))
    late = pd.DataFrame({"x": (np.arange(300) > 250).astype(float)}, index=shifted.index)
    with pytest.raises(SeriesError, match=r"linearly dependent in observations 1 to 45"):
        find_breaks(shifted, late)


def test_segmentation_refuses_impossible_lengths() -> None:
    with pytest.raises(ValueError, match="too few for"):
        segment(np.arange(10.0), min_segment=1)
    with pytest.raises(SeriesError, match="two regimes"):
        segment(np.arange(10.0), min_segment=6)
    with pytest.raises(ValueError, match="number of breaks"):
        segment(np.arange(10.0), min_segment=2, max_breaks=-1)
    with pytest.raises(ValueError, match="shapes"):
        segment(np.arange(10.0), np.ones((9, 1)), min_segment=2)
    assert minimal_segment(103, 0.15) == 15
    # 0.15 * 100 is 15 in decimals and slightly less in binary.
    assert minimal_segment(100, 0.15) == 15


def test_sup_f_refuses_what_it_has_no_distribution_for() -> None:
    with pytest.raises(ValueError, match="share"):
        sup_f_p_value(5.0, 1, (0.6, 0.4))
    with pytest.raises(ValueError, match="regressors"):
        sup_f_p_value(5.0, 21, (0.15, 0.85))


def test_a_sequential_test_without_room_is_refused(shifted: pd.Series) -> None:
    problem = _problem(pose(shifted, min_segment=120))
    found = segment(problem.sample.values, min_segment=120)
    outcome = sequential_test(problem, found, 1)
    assert isinstance(outcome, Refusal)
    assert outcome.model == "sup-F(2|1)"


def test_real_weekly_series_give_finite_numbers(shared_data: Path) -> None:
    # Goldstein-scaled acts of Israel and of the Palestinians, 1,278 weeks (KEDS).
    table = pd.read_csv(shared_data / "keds" / "israel_palestine_weekly.csv")
    weeks = pd.period_range("1979-04-15", periods=len(table), freq="W-SAT")
    for name in ("i2p", "p2i"):
        found = _analysis(find_breaks(pd.Series(table[name].to_numpy(float), index=weeks)))
        assert found.breaks
        tests = [found.sup_f, found.cusum, *found.sequential]
        values = [
            *(one.rss for one in found.candidates),
            *(one.bic for one in found.candidates),
            *(test.statistic for test in tests if isinstance(test, TestResult)),
            *(value for one in found.breaks for value in one.after.values()),
        ]
        assert all(math.isfinite(value) for value in values)
        for one in found.breaks:
            assert one.lower is not None
            assert one.upper is not None
            assert one.lower <= one.last_before <= one.upper
        # The uprising of September 2000 lies within the last 15% of the series, out of reach.
        assert found.breaks[-1].last_before == found.last_possible
        assert "at the edge" in analysis_sentence(found, name)


# --- the pieces --------------------------------------------------------------------------------


def test_the_long_run_variance_of_an_autoregression() -> None:
    # An AR(1) with coefficient 0.5 and unit shocks has long-run variance 1 / (1 - 0.5)^2 = 4.
    values = _autoregression(np.random.default_rng(28), 20_000, 0.5)[:, None]
    for prewhiten in (True, False):
        estimate = long_run_covariance(values, prewhiten=prewhiten)[0, 0]
        assert estimate == pytest.approx(4.0, rel=0.15)
    with pytest.raises(ValueError, match="too few"):
        long_run_covariance(values[:4])


def test_the_break_date_distribution_against_simulated_paths() -> None:
    # Two-sided walks on a fine grid; right side with drift 2 and variance 3 times the left's.
    rng = np.random.default_rng(29)
    n_steps, step, n_paths = 1500, 0.02, 3000
    grid = step * np.arange(1, n_steps + 1)
    left = rng.normal(scale=math.sqrt(step), size=(n_paths, n_steps)).cumsum(axis=1) - grid / 2
    right = rng.normal(scale=math.sqrt(3 * step), size=(n_paths, n_steps)).cumsum(axis=1)
    right -= 2.0 * grid / 2
    right_wins = right.max(axis=1) > np.maximum(left.max(axis=1), 0.0)
    place = np.where(right_wins, grid[right.argmax(axis=1)], -grid[left.argmax(axis=1)])
    for x in (-8.0, -3.0, -1.0, 0.0, 1.0, 3.0):
        assert argmax_cdf(x, 2.0, 3.0) == pytest.approx(float(np.mean(place <= x)), abs=0.03)


def test_a_lopsided_interval_begins_at_the_estimate() -> None:
    # All noise on one side: the limit lies almost wholly there.
    rng = np.random.default_rng(30)
    values = np.r_[0.001 * rng.normal(size=60), 1.0 + 1.5 * rng.normal(size=60)]
    (interval,) = break_intervals(values, np.ones((120, 1)), (60,), errors="regime")
    assert "the interval lies on one side of the estimate only" in interval.warnings
    assert interval.lower is not None
    assert interval.upper is not None
    assert interval.lower <= 60 <= interval.upper
    with pytest.raises(ValueError, match="probability"):
        argmax_quantile(1.0)


def test_an_interval_is_cut_at_the_ends_of_the_sample() -> None:
    values = np.random.default_rng(31).normal(size=100)
    (interval,) = break_intervals(values, np.ones((100, 1)), (50,))
    assert (interval.lower, interval.upper) == (1, 100)
    assert interval.warnings == (
        "the interval is cut at the first observation",
        "the interval is cut at the last observation",
    )


def test_ten_thousand_observations_take_seconds() -> None:
    values = np.random.default_rng(32).normal(size=10_000)
    values[4_000:] += 0.5
    started = time.perf_counter()
    found = segment(values, min_segment=1_500)
    assert time.perf_counter() - started < 10.0  # 0.2 s on the machine it was written on
    assert abs(found.best().breaks[0] - 4_000) < 100


# --- behaviour in simulation -------------------------------------------------------------------


def _rejections(memory: float, variance: str, n_series: int, seed: int) -> float:
    rng = np.random.default_rng(seed)
    rejected = 0
    for _ in range(n_series):
        problem = _problem(pose(_autoregression(rng, 200, memory), variance=variance))  # type: ignore[arg-type]
        rejected += sup_f_test(problem).rejects()
    return rejected / n_series


@pytest.mark.slow
def test_sup_f_keeps_its_level_when_nothing_breaks() -> None:
    # 500 series; the 99.9% band of a 5% test is 2 to 8.5%.
    assert 0.02 <= _rejections(0.0, "iid", 500, 41) <= 0.085


@pytest.mark.slow
def test_the_robust_sup_f_stays_near_its_level_under_autocorrelation() -> None:
    # The robust test is known to reject somewhat too often in short samples (Bai and Perron 2006).
    assert _rejections(0.5, "hac", 300, 42) <= 0.13
    # Without robustness the same series are called broken about half of the time.
    assert _rejections(0.5, "iid", 300, 43) >= 0.3


@pytest.mark.full
@pytest.mark.parametrize(
    ("memory", "errors", "lowest"), [(0.0, "regime", 0.90), (0.0, "hac", 0.90), (0.5, "hac", 0.87)]
)
def test_intervals_cover_the_true_date(memory: float, errors: str, lowest: float) -> None:
    # 300 series of 300 months with a break after 200; sampling error of the coverage is 1.3%.
    rng = np.random.default_rng(44)
    covered = 0
    for _ in range(300):
        values = _autoregression(rng, 300, memory)
        values[200:] += 1.0 / (1.0 - memory)
        breaks = segment(values, min_segment=45, max_breaks=1).partitions[1].breaks
        (interval,) = break_intervals(values, np.ones((300, 1)), breaks, errors=errors)  # type: ignore[arg-type]
        assert interval.lower is not None
        assert interval.upper is not None
        covered += interval.lower <= 200 <= interval.upper
    assert lowest <= covered / 300 <= 0.99


@pytest.mark.slow
def test_the_robust_cusum_keeps_its_level_under_autocorrelation() -> None:
    rng = np.random.default_rng(45)
    robust = plain = 0
    for _ in range(300):
        values = _autoregression(rng, 200, 0.5)
        robust += cusum_test(_problem(pose(values))).rejects()
        plain += cusum_test(_problem(pose(values, variance="iid"))).rejects()
    assert robust / 300 <= 0.08
    assert plain / 300 >= 0.2
