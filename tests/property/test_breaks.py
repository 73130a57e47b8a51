"""What must hold of any series when it is cut into regimes."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from detente.statistics.breaks.critical_values import largest_sup_f_p_value, sup_f_p_value
from detente.statistics.breaks.dates import argmax_cdf, argmax_quantile, break_intervals
from detente.statistics.breaks.long_run import long_run_covariance
from detente.statistics.breaks.results import BreakAnalysis
from detente.statistics.breaks.search import find_breaks
from detente.statistics.breaks.segmentation import one_break_costs, segment, sum_of_squares
from detente.statistics.correction import benjamini_hochberg
from tests.support.some import some

Array = NDArray[np.float64]

# Whole numbers with many repeats and zeros, like counts of events.
counts = st.lists(st.integers(-3, 6), min_size=12, max_size=16).map(
    lambda values: np.asarray(values, dtype=np.float64)
)
# Normal noise with a few shifts: the optimum is unique, so positions can be compared.
seeds = st.integers(0, 10_000)


def _noise_with_shifts(seed: int, n_obs: int = 40) -> Array:
    rng = np.random.default_rng(seed)
    level = np.repeat(rng.normal(scale=2.0, size=4), n_obs // 4)
    return level + rng.normal(size=n_obs)


def _by_trying_all(y: Array, x: Array, n_breaks: int, shortest: int) -> float:
    best = math.inf
    for breaks in itertools.combinations(range(shortest, len(y) - shortest + 1), n_breaks):
        edges = (0, *breaks, len(y))
        if min(b - a for a, b in itertools.pairwise(edges)) >= shortest:
            best = min(best, sum_of_squares(y, x, breaks))
    return best


@pytest.mark.slow
@given(counts, st.integers(2, 4))
def test_the_programme_finds_what_trying_all_partitions_finds(y: Array, shortest: int) -> None:
    found = segment(y, min_segment=shortest)
    ones = np.ones((len(y), 1))
    for partition in some(found.partitions):
        best = _by_trying_all(y, ones, partition.n_breaks, shortest)
        assert partition.rss == pytest.approx(best, abs=1e-9)
        assert partition.rss == pytest.approx(sum_of_squares(y, ones, partition.breaks), abs=1e-9)


@pytest.mark.slow
@given(counts, seeds)
def test_the_programme_is_exact_with_regressors_too(y: Array, seed: int) -> None:
    x = np.column_stack([np.ones(len(y)), np.random.default_rng(seed).normal(size=len(y))])
    for partition in some(segment(y, x, min_segment=4).partitions):
        best = _by_trying_all(y, x, partition.n_breaks, 4)
        assert partition.rss == pytest.approx(best, abs=1e-7)


@given(counts)
def test_every_regime_has_its_minimal_length(y: Array) -> None:
    for partition in some(segment(y, min_segment=3).partitions):
        edges = (0, *partition.breaks, len(y))
        assert min(b - a for a, b in itertools.pairwise(edges)) >= 3


@given(counts)
def test_more_breaks_never_fit_worse_where_there_is_room_for_them(y: Array) -> None:
    # A partition can be refined while one of its regimes holds two; then the next is no worse.
    partitions = some(segment(y, min_segment=2).partitions)
    for fewer, more in itertools.pairwise(partitions):
        edges = (0, *fewer.breaks, len(y))
        if max(b - a for a, b in itertools.pairwise(edges)) >= 4:
            assert more.rss <= fewer.rss + 1e-9


@given(seeds, st.floats(-1e4, 1e4), st.floats(0.01, 100.0), st.booleans())
def test_shifting_scaling_or_flipping_the_series_moves_no_break(
    seed: int, shift: float, scale: float, flip: bool
) -> None:
    y = _noise_with_shifts(seed)
    moved = segment(shift + (-scale if flip else scale) * y, min_segment=5)
    for before, after in some(
        zip(segment(y, min_segment=5).partitions, moved.partitions, strict=True)
    ):
        assert after.breaks == before.breaks
        assert after.rss == pytest.approx(scale**2 * before.rss, rel=1e-5)


@given(seeds)
def test_reversing_time_mirrors_the_breaks(seed: int) -> None:
    y = _noise_with_shifts(seed)
    forward, backward = segment(y, min_segment=5), segment(y[::-1].copy(), min_segment=5)
    for a, b in some(zip(forward.partitions, backward.partitions, strict=True)):
        assert b.breaks == tuple(sorted(len(y) - position for position in a.breaks))


@given(seeds, st.booleans())
def test_costs_of_one_break_are_those_of_two_regressions(seed: int, with_regressor: bool) -> None:
    y = _noise_with_shifts(seed)
    x = np.ones((40, 1))
    if with_regressor:
        x = np.column_stack([x, np.random.default_rng(seed).normal(size=40)])
    costs = one_break_costs(y, x, 6)
    direct = [sum_of_squares(y, x, (position,)) for position in range(6, 35)]
    assert costs == pytest.approx(direct, rel=1e-8)


@given(seeds, st.sampled_from(["hac", "regime", "common"]), st.sampled_from([0.8, 0.9, 0.95]))
def test_intervals_hold_the_estimate_and_widen_with_the_level(
    seed: int, errors: str, level: float
) -> None:
    y = _noise_with_shifts(seed, 60)
    breaks = segment(y, min_segment=10).partitions[2].breaks
    x = np.ones((60, 1))
    narrow = break_intervals(y, x, breaks, level=level, errors=errors)  # type: ignore[arg-type]
    wide = break_intervals(y, x, breaks, level=0.99, errors=errors)  # type: ignore[arg-type]
    for a, b in some(zip(narrow, wide, strict=True)):
        assert a.lower is not None
        assert a.upper is not None
        assert b.lower is not None
        assert b.upper is not None
        assert 1 <= b.lower <= a.lower <= a.position <= a.upper <= b.upper <= 60


@given(seeds)
def test_intervals_mirror_with_time(seed: int) -> None:
    y = _noise_with_shifts(seed, 60)
    x = np.ones((60, 1))
    (break_,) = segment(y, min_segment=10).partitions[1].breaks
    (ahead,) = break_intervals(y, x, (break_,), errors="regime")
    (behind,) = break_intervals(y[::-1], x, (60 - break_,), errors="regime")
    if not ahead.warnings and not behind.warnings:
        assert (behind.lower, behind.upper) == (60 - ahead.upper, 60 - ahead.lower)  # type: ignore[operator]


ratios = st.floats(0.05, 20.0)


@given(st.floats(-50, 50), st.floats(-50, 50), ratios, ratios)
def test_the_break_date_distribution_is_one(
    a: float, b: float, drift: float, spread: float
) -> None:
    low, high = argmax_cdf(min(a, b), drift, spread), argmax_cdf(max(a, b), drift, spread)
    assert -1e-9 <= low <= high + 1e-9 <= 1 + 2e-9


@given(st.floats(0.001, 0.999), ratios, ratios)
def test_the_quantile_inverts_the_distribution(p: float, drift: float, spread: float) -> None:
    assert argmax_cdf(argmax_quantile(p, drift, spread), drift, spread) == pytest.approx(
        p, abs=1e-7
    )


@given(st.floats(0.0, 80.0), st.floats(0.0, 80.0), st.integers(1, 10), st.floats(0.02, 0.49))
def test_sup_f_p_values_fall_with_the_statistic(
    a: float, b: float, q: int, trimming: float
) -> None:
    span = (trimming, 1.0 - trimming)
    larger, smaller = sup_f_p_value(min(a, b), q, span), sup_f_p_value(max(a, b), q, span)
    # The tail expansion takes over below 1e-8.
    assert 0.0 <= smaller <= larger + 1e-8 <= 1.0 + 1e-8


@given(st.floats(0.0, 60.0), st.integers(1, 5), st.floats(0.05, 0.45), st.integers(1, 5))
def test_searching_more_regimes_makes_a_statistic_less_surprising(
    statistic: float, q: int, trimming: float, n_regimes: int
) -> None:
    span = (trimming, 1.0 - trimming)
    alone = sup_f_p_value(statistic, q, span)
    several = largest_sup_f_p_value(statistic, q, [span] * n_regimes)
    assert alone - 1e-12 <= several <= min(1.0, n_regimes * alone) + 1e-12
    # Regimes are searched independently: none finds anything with the product of the chances.
    assert several == pytest.approx(1.0 - (1.0 - alone) ** n_regimes, abs=1e-9)


@given(seeds, st.integers(1, 3), st.booleans())
def test_the_long_run_covariance_is_symmetric_and_never_negative(
    seed: int, width: int, prewhiten: bool
) -> None:
    moments = np.random.default_rng(seed).normal(size=(30, width)).cumsum(axis=0)
    covariance = long_run_covariance(moments, prewhiten=prewhiten)
    assert covariance == pytest.approx(covariance.T)
    assert np.linalg.eigvalsh(covariance).min() >= -1e-8 * np.abs(covariance).max()
    scaled = long_run_covariance(3.0 * moments, prewhiten=prewhiten)
    assert scaled == pytest.approx(9.0 * covariance, rel=1e-6)


@pytest.mark.slow
@given(seeds, st.sampled_from(["hac", "iid"]))
def test_the_analysis_is_consistent_with_itself(seed: int, variance: str) -> None:
    analysis = find_breaks(_noise_with_shifts(seed, 60), variance=variance)  # type: ignore[arg-type]
    assert isinstance(analysis, BreakAnalysis)
    assert len(analysis.breaks) == analysis.n_sequential
    assert [b.last_before for b in analysis.breaks] == list(
        analysis.candidates[analysis.n_sequential].dates
    )
    assert analysis.sup_f.statistic == analysis.sequential[0].statistic  # type: ignore[union-attr]
    assert analysis.n_bic == min(analysis.candidates, key=lambda c: c.bic).n_breaks


p_values = st.lists(st.one_of(st.none(), st.floats(0.0, 1.0)), min_size=1, max_size=30)


@given(p_values, st.sampled_from([0.01, 0.05, 0.2]))
def test_correction_keeps_order_and_raw_values(values: list[float | None], level: float) -> None:
    family = dict(enumerate(values))
    correction = benjamini_hochberg(family, level)
    table = correction.table
    assert correction.n_tests == sum(value is not None for value in values)
    assert correction.n_tests + correction.n_missing == len(values)
    for name, value in family.items():
        row = table.loc[name]
        if value is None:
            assert np.isnan(row["p_value"])
            assert np.isnan(row["p_adjusted"])
            assert not row["rejected"]
        else:
            assert row["p_value"] == value
            assert value <= row["p_adjusted"] + 1e-15 <= 1.0 + 1e-15
            # The threshold is crossed by rounding in statsmodels only at equality.
            if abs(row["p_adjusted"] - level) > 1e-12:
                assert row["rejected"] == (row["p_adjusted"] < level)
    known = table.dropna().sort_values("p_value")
    assert known["p_adjusted"].is_monotonic_increasing
