"""Steps of Student's t: their parts, and what they do to the level."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import invgamma, kurtosis

from detente.statistics.level import fit, heavy_tails, simulation
from detente.statistics.level.model import Prior, Sums
from detente.statistics.level.nodes import MANY


def test_the_parts_are_those_of_an_inverse_gamma_distribution() -> None:
    found = heavy_tails.parts(4.0, 4)
    drawn = np.sort(invgamma(2.0, scale=2.0).rvs(400_000, random_state=1))
    quarters = drawn.reshape(4, -1).mean(axis=1)
    # Of mean 2; a step has the variance of a normal one.
    np.testing.assert_allclose(found[:3], quarters[:3] / 2.0, rtol=0.02)
    assert found.mean() == pytest.approx(1.0)
    assert (np.diff(heavy_tails.parts(4.0)) > 0).all()
    with pytest.raises(ValueError, match="more than 2 degrees"):
        heavy_tails.parts(2.0)


def test_parts_come_together_by_what_the_month_shows() -> None:
    scales = np.array([0.5, 1.5])
    mean, variance = np.array([[0.0], [2.0]]), np.array([[1.0], [1.0]])
    found = heavy_tails.mixed(mean, variance, np.log(np.array([[0.3], [0.1]])), scales)
    assert [float(one[0]) for one in found] == pytest.approx(
        # Weights 3/4 and 1/4.
        [0.5, 1.0 + 0.75 * 0.25 + 0.25 * 2.25, np.log(0.2), 0.75]
    )


def test_with_many_degrees_of_freedom_steps_are_normal() -> None:
    seen = simulation.simulate(simulation.DESIGNS["drift, dense"], 2, 60, seed=1)
    one = fit.fit(seen.cooperation, simulation.POWER, grid=MANY)
    prior = Prior(step_freedom=1e6)
    other = fit.fit(seen.cooperation, simulation.POWER, prior, grid=MANY)
    np.testing.assert_allclose(other.smoothed_mean, one.smoothed_mean, atol=2e-3)
    np.testing.assert_allclose(other.filtered.log_weight, one.filtered.log_weight, atol=0.05)


def test_a_jump_is_followed_faster() -> None:
    rng = np.random.default_rng(2)
    level = np.where(np.arange(120) < 60, 1.0, 20.0)
    y = rng.gamma(4.0, level / 4.0)[None, None]
    sums = Sums(y, np.zeros_like(y))
    found = {}
    for freedom in (None, 4.0):
        one = fit.fit(sums, 1.5, Prior(step_freedom=freedom), grid=MANY)
        weight = one.weight
        path = (one.smoothed_mean[58:62] * weight).sum(axis=-1)
        found[freedom] = float(np.ptp(path[:, 0]))
    assert found[4.0] > found[None] + 0.2


def test_drawn_steps_have_unit_variance_and_heavy_tails() -> None:
    rng = np.random.default_rng(3)
    steps = heavy_tails.drawn(6.0, rng, (200_000,))
    assert steps.std() == pytest.approx(1.0, abs=0.02)
    assert kurtosis(steps) > 1.0
    assert heavy_tails.drawn(None, np.random.default_rng(3), (5,)).shape == (5,)
