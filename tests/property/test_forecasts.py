"""Scores, pools and intervals keep their promises; an outlook knows nothing of the future."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from detente.statistics.forecasting.predictive import Predictive, pool
from detente.statistics.forecasting.scores import crps, log_score
from detente.statistics.samples import FloatArray

POINTS = npst.arrays(
    np.float64,
    st.tuples(st.integers(1, 4), st.integers(1, 60)),
    elements=st.floats(-1e4, 1e4, allow_nan=False),
)
VALUE = st.floats(-1e4, 1e4, allow_nan=False)


@given(points=POINTS, value=VALUE)
def test_the_crps_is_never_negative_and_follows_a_shift(points: FloatArray, value: float) -> None:
    observed = np.full(len(points), value)
    score = crps(Predictive.of(points), observed)
    assert (score >= 0.0).all()
    shifted = crps(Predictive.of(points + 3.0), observed + 3.0)
    np.testing.assert_allclose(shifted, score, atol=1e-6)
    # No worse than the mean absolute error of the points.
    assert (score <= np.abs(points - value).mean(axis=1) + 1e-6).all()


@given(points=POINTS)
def test_the_crps_equals_its_definition(points: FloatArray) -> None:
    observed = points.mean(axis=1)
    direct = np.abs(points - observed[:, None]).mean(axis=1)
    direct -= np.abs(points[:, :, None] - points[:, None, :]).mean(axis=(1, 2)) / 2.0
    np.testing.assert_allclose(crps(Predictive.of(points), observed), direct, atol=1e-6)


@given(points=POINTS, value=VALUE)
def test_the_log_score_is_bounded(points: FloatArray, value: float) -> None:
    score = log_score(Predictive.of(points), np.full(len(points), value))
    assert (score >= 0.0).all()
    assert (score <= np.log(2 * points.shape[1] + 2) + 1e-9).all()


@given(points=POINTS)
def test_intervals_nest_and_hold_their_share(points: FloatArray) -> None:
    forecast = Predictive.of(points)
    ends = [forecast.interval(level) for level in (0.5, 0.8, 0.95)]
    for (inner_lo, inner_hi), (outer_lo, outer_hi) in itertools.pairwise(ends):
        assert (outer_lo <= inner_lo).all()
        assert (inner_hi <= outer_hi).all()
    for level, (lower, upper) in zip((0.5, 0.8, 0.95), ends, strict=True):
        inside = (points >= lower[:, None]) & (points <= upper[:, None])
        assert (inside.mean(axis=1) >= level - 1e-9).all()
        assert (lower <= forecast.quantile(0.5)).all()
        assert (forecast.quantile(0.5) <= upper).all()


@given(first=POINTS, shift=VALUE, value=VALUE)
def test_a_pool_lies_between_its_members(first: FloatArray, shift: float, value: float) -> None:
    members = [Predictive.of(first), Predictive.of(first + shift)]
    mixed = pool(members, 2 * first.shape[1])
    for share in (0.1, 0.5, 0.9):
        quantiles = np.stack([member.quantile(share) for member in members])
        assert (mixed.quantile(share) >= quantiles.min(axis=0) - 1e-9).all()
        assert (mixed.quantile(share) <= quantiles.max(axis=0) + 1e-9).all()
    # The CRPS is convex, so a pool never does worse than its members do on average.
    observed = np.full(len(first), value)
    average = np.mean([crps(member, observed) for member in members], axis=0)
    assert (crps(mixed, observed) <= average + 1e-6).all()
