"""The Tweedie density against an independent program.

Origin of the numbers: the package `tweedie` 0.0.9 of PyPI (K. Shi Kaiser), which sums the series of
Dunn and Smyth (2005) term by term, where detente uses Wright's generalised Bessel function:

    from tweedie import tweedie
    tweedie(p=p, mu=mu, phi=phi).logpdf([0, 0.1, 1, 4.7, 16, 74])
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from detente.statistics.level import tweedie

Y = np.array([0.0, 0.1, 1.0, 4.7, 16.0, 74.0])


@pytest.mark.parametrize(
    ("power", "mean", "phi", "expected"),
    [
        (1.2, 4.0, 7.0, [-0.541327345182285, -12.363630369369783, -5.943042035332928,
                         -3.289869469517463, -4.6296677978263805, -17.15817136717913]),
        (1.3, 2.0, 1.7, [-1.3651300779096396, -3.371055806704913, -1.5796369486210542,
                         -2.8215364894243304, -10.348926421254543, -66.22163024439823]),
        (1.5, 1.0, 1.0, [-2.0, -0.619960590726667, -1.0286152203419827,
                         -4.853853645632173, -21.02259368503558, -119.74874704827099]),
        (1.7, 10.0, 2.5, [-2.660349753291839, -1.676694418410269, -2.5231980031253505,
                          -3.026372284421355, -3.954488547264602, -9.273075227282686]),
        (1.3, 12.0, 6.0, [-1.3557436589324432, -7.433284625752969, -4.597995017596098,
                          -3.4245386393683326, -3.7485888083769328, -9.356879684426932]),
    ],
)  # fmt: skip
def test_density_of_another_program(
    power: float, mean: float, phi: float, expected: list[float]
) -> None:
    found = tweedie.log_density(Y, np.log(mean), phi, power)
    np.testing.assert_allclose(found, expected, atol=5e-9)


@pytest.mark.parametrize(("power", "mean", "phi"), [(1.25, 3.0, 8.0), (1.6, 0.4, 2.0)])
def test_density_is_that_of_a_poisson_number_of_gamma_sizes(
    power: float, mean: float, phi: float
) -> None:
    """By the definition, with scipy's own Poisson and gamma."""
    rate = mean ** (2 - power) / (phi * (2 - power))
    shape, scale = (2 - power) / (power - 1), phi * (power - 1) * mean ** (power - 1)
    n = np.arange(1, 200)[:, None]
    by_number = stats.poisson(rate).pmf(n) * stats.gamma(n * shape, scale=scale).pdf(Y[1:])
    found = np.exp(tweedie.log_density(Y, np.log(mean), phi, power))
    np.testing.assert_allclose(found[1:], by_number.sum(axis=0), rtol=1e-9)
    assert found[0] == pytest.approx(np.exp(-rate))


def test_draws_have_mean_variance_and_zeros_of_the_distribution() -> None:
    mean, phi, power = 3.0, 2.0, 1.4
    drawn = tweedie.draw(np.random.default_rng(1), np.full(200_000, np.log(mean)), phi, power)
    variance = phi * mean**power
    assert drawn.mean() == pytest.approx(mean, abs=4 * np.sqrt(variance / 200_000))
    assert drawn.var() == pytest.approx(variance, rel=0.03)
    zero = np.exp(tweedie.log_density(0.0, np.log(mean), phi, power))
    assert (drawn == 0).mean() == pytest.approx(float(zero), abs=0.004)


def test_the_spline_of_the_base_is_the_base() -> None:
    rng = np.random.default_rng(2)
    y, phi = np.exp(rng.uniform(-8, 25, 3000)), np.exp(rng.uniform(-4, 12, 3000))
    y[:50] = 0
    for power in (1.1, 1.3, 1.8):
        exact = tweedie.log_base(y, phi, power)
        found = tweedie.log_base_of(power)(y, phi)
        np.testing.assert_allclose(found, exact, rtol=1e-7, atol=1e-7)
