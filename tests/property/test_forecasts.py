"""Scores, pools and intervals keep their promises; an outlook knows nothing of the future."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from detente.statistics.forecasting.predictive import Predictive
from detente.statistics.forecasting.scores import crps
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
