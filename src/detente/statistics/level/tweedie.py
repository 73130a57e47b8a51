"""The Tweedie distribution between Poisson and gamma: a Poisson number of gamma sizes.

With mean mu, dispersion phi and power p, 1 < p < 2, a value is the sum of N sizes, where N is
Poisson with mean mu^(2-p) / (phi (2-p)), and each size is gamma with shape (2-p)/(p-1) and scale
phi (p-1) mu^(p-1). Its variance is phi mu^p, and zero has a probability of its own.

References
----------
Jorgensen, B. (1997). The Theory of Dispersion Models. Chapman & Hall, chapter 4.
Dunn, P. K. and Smyth, G. K. (2005). Series evaluation of Tweedie exponential dispersion model
densities. Statistics and Computing 15, 267-280, equations 3 to 5.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline
from scipy.special import log_wright_bessel

Floats = npt.NDArray[np.float64]

# Knots of the spline per unit of the logarithm: its error stays below 1e-8.
_KNOTS_PER_UNIT = 20


def log_density(y: npt.ArrayLike, log_mean: npt.ArrayLike, phi: float, power: float) -> Floats:
    """Return the log density at y > 0, and the log probability at y = 0.

    Parameters
    ----------
    y
        Values, none negative.
    log_mean
        Logarithms of the means, of the same shape or one that broadcasts.
    phi, power
        Dispersion, and power of the variance, 1 < power < 2.
    """
    values = np.asarray(y, dtype=float)
    return kernel(values, np.asarray(log_mean, dtype=float), phi, power) + log_base(
        values, phi, power
    )


def kernel(y: Floats, log_mean: Floats, phi: Floats | float, power: float) -> Floats:
    """Return the part of the log density that depends on the mean, for shapes that broadcast.

    (y mu^(1-p) / (1-p) - mu^(2-p) / (2-p)) / phi, Jorgensen (1997, section 4.2).
    """
    shrunk = np.exp((1 - power) * log_mean)
    return (y * shrunk / (1 - power) - shrunk * np.exp(log_mean) / (2 - power)) / phi


def log_base(y: Floats, phi: Floats | float, power: float) -> Floats:
    """Return the part of the log density that does not depend on the mean; 0 at y = 0.

    The series of Dunn and Smyth (2005, Statistics and Computing 15, 267-280) is Wright's
    generalised Bessel function.
    """
    a = (2 - power) / (power - 1)
    positive = y > 0
    safe = np.where(positive, y, 1.0)
    log_x = a * np.log(safe / ((power - 1) * phi)) - np.log((2 - power) * phi)
    return np.where(positive, log_wright_bessel(a, 0.0, np.exp(log_x)) - np.log(safe), 0.0)


class LogBase:
    """`log_base` by a spline, for many evaluations with one power.

    The base depends on y and phi through one number, x, alone (and on log y), and its logarithm is
    a smooth function of log x.

    Parameters
    ----------
    power
        Of the variance.
    low, high
        Between which log x may be; what lies outside is evaluated directly.
    """

    def __init__(self, power: float, low: float, high: float) -> None:
        self._low, self._high = low, high
        self._a = (2 - power) / (power - 1)
        self._constant = self._a * np.log(power - 1) + np.log(2 - power)
        knots = np.linspace(low, high, max(8, int(_KNOTS_PER_UNIT * (high - low))))
        self._spline = CubicSpline(knots, log_wright_bessel(self._a, 0.0, np.exp(knots)))

    def __call__(self, y: Floats, phi: Floats) -> Floats:
        """Return `log_base(y, phi, power)`, for shapes that broadcast."""
        # Most months of most dyads are empty: only the others are looked up.
        shape = np.broadcast_shapes(y.shape, phi.shape)
        some = np.nonzero(np.broadcast_to(y > 0, shape))
        log_y = np.log(np.where(y > 0, y, 1.0))
        added = (self._a + 1) * np.log(phi)
        chosen_y = np.broadcast_to(log_y, shape)[some]
        log_x = self._a * chosen_y - np.broadcast_to(added, shape)[some] - self._constant
        inside = (log_x >= self._low) & (log_x <= self._high)
        density = self._spline(np.where(inside, log_x, self._low))
        if not inside.all():
            density[~inside] = log_wright_bessel(self._a, 0.0, np.exp(log_x[~inside]))
        found = np.zeros(shape)
        found[some] = density - chosen_y
        return found


@lru_cache(maxsize=32)
def log_base_of(power: float) -> LogBase:
    """Return `log_base` of one power as a spline, over the x that sums of points give."""
    return LogBase(power, -40.0, 60.0)


def draw(rng: np.random.Generator, log_mean: Floats, phi: Floats | float, power: float) -> Floats:
    """Draw values: a Poisson number of gamma sizes (Jorgensen 1997, section 4.2).

    Parameters
    ----------
    log_mean, phi
        Logarithm of the mean and dispersion, for shapes that broadcast.
    power
        Of the variance phi mu^power, between 1 and 2.
    """
    rate = np.exp((2 - power) * log_mean) / (phi * (2 - power))
    count = rng.poisson(np.minimum(rate, 1e12))
    some = np.nonzero(count)
    scale = np.broadcast_to(phi * (power - 1), count.shape)[some]
    drawn = np.zeros(count.shape)
    drawn[some] = rng.standard_gamma((2 - power) / (power - 1) * count[some])
    drawn[some] *= scale * np.exp((power - 1) * log_mean[some])
    return drawn
