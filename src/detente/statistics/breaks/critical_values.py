"""Distributions against which the break tests are judged.

The sup-F test takes the largest of many F statistics, so its null distribution is that of the
largest value of a squared standardised Bessel process over a stretch of time. Hansen (1997) fitted
curves to simulations of it; here it is computed (Estrella 2003 did so with confluent hypergeometric
functions). Hansen's p-values are about a tenth smaller, because his simulated process jumps where
the limit moves continuously and so misses part of its maximum; the values here err on the side of
not rejecting. The same distribution serves the sequential test of l against l + 1 breaks, whose
statistic is the largest of l + 1 asymptotically independent sup-F statistics (Bai and Perron 1998,
proposition 7).

The double maximum test has no such form; its critical values are Bai and Perron's published table.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.polynomial import legendre
from scipy.linalg import eigh
from scipy.optimize import brentq
from scipy.special import chdtrc, gammaln, roots_jacobi
from scipy.stats import chi2

from detente.statistics.samples import FloatArray

MAX_REGRESSORS = 20

# Spectral accuracy: 24 functions give p-values to better than 1e-7 for up to 20 regressors.
_N_FUNCTIONS = 24
_N_NODES = 96

# Below this p-value 1 - P loses its digits, and the tail expansion is good to a few per cent.
_TAIL = 1e-8


def sup_f_p_value(statistic: float, n_regressors: int, shares: tuple[float, float]) -> float:
    r"""Probability that the sup-F statistic exceeds ``statistic`` if nothing breaks.

    Parameters
    ----------
    statistic
        Largest Wald statistic (q times the usual F) over the admissible dates.
    n_regressors
        Number of coefficients q that may break, 1 to 20.
    shares
        First and last admissible date as shares of the sample, for instance (0.15, 0.85). Equal
        shares mean one known date, and the chi-square distribution.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the shares are not ordered inside (0, 1) or q is outside 1 to 20.

    Notes
    -----
    With W a q-vector of independent Wiener processes, the limit is the largest
    :math:`|W(r) - rW(1)|^2 / (r(1-r))` over the shares. Under
    :math:`s = \log(r/(1-r))` it is a stationary diffusion, half of which, z, has generator
    :math:`z f'' + (q/2 - z) f'`; the probability of staying below a bound c for a time
    :math:`S = \log(\pi_2(1-\pi_1)/(\pi_1(1-\pi_2)))` solves the heat equation of that
    generator with value zero at c/2, which a Legendre basis solves to machine precision.
    Where the probability is below 1e-8 the tail expansion of DeLong is used.

    References
    ----------
    Andrews (1993), Econometrica 61, 821-856. DeLong (1981), Communications in Statistics A10,
    2197-2213. Estrella (2003), Econometric Theory 19, 1128-1143. Hansen (1997), Journal of Business
    and Economic Statistics 15, 60-67.
    """
    low, high = shares
    if not 0.0 < low <= high < 1.0:
        raise ValueError(f"expected 0 < first share <= last share < 1, got {shares}")
    if not 1 <= n_regressors <= MAX_REGRESSORS:
        raise ValueError(f"expected 1 to {MAX_REGRESSORS} regressors, got {n_regressors}")
    if statistic == math.inf:  # a mean on each side that leaves no residual
        return 0.0
    # The survival function of chi-square, without the checks of scipy.stats that cost more than it.
    pointwise = float(chdtrc(n_regressors, max(statistic, 0.0)))
    duration = math.log(high * (1.0 - low) / (low * (1.0 - high)))
    if duration < 1e-9:
        return pointwise
    if pointwise > 0.9999:
        return 1.0
    tail = _tail_expansion(statistic, n_regressors, duration)
    if tail < _TAIL:
        return max(tail, pointwise)
    rates, weights = _spectrum(statistic, n_regressors)
    staying = float(np.sum(weights * np.exp(-rates * duration)))
    return min(1.0, max(1.0 - staying, pointwise))


def largest_sup_f_p_value(
    statistic: float, n_regressors: int, shares: Sequence[tuple[float, float]]
) -> float:
    """Probability that the largest of several independent sup-F statistics exceeds ``statistic``.

    ``shares`` holds the admissible range of each of the stretches that are searched. This judges
    the test of l against l + 1 breaks, with the range that each regime really leaves.
    """
    probabilities = [sup_f_p_value(statistic, n_regressors, span) for span in shares]
    # log1p keeps small probabilities small.
    staying = sum(math.log1p(-min(p, 1.0 - 1e-16)) for p in probabilities)
    return -math.expm1(staying)


def sup_f_critical_value(
    level: float, n_regressors: int, shares: Sequence[tuple[float, float]]
) -> float:
    """Return the value that the largest sup-F statistic exceeds with probability ``level``.

    The inverse of ``largest_sup_f_p_value`` (Andrews 1993; Bai and Perron 1998, proposition 7).

    Parameters
    ----------
    level
        Inside (0, 1), for instance 0.05.
    n_regressors
        Coefficients that may break.
    shares
        First and last share of the sample that each search may date a break at.
    """
    return _critical_value(level, n_regressors, tuple(shares))


# Every search of a series of one length asks for the same ones.
@lru_cache(maxsize=4096)
def _critical_value(
    level: float, n_regressors: int, shares: tuple[tuple[float, float], ...]
) -> float:
    def excess(statistic: float) -> float:
        return largest_sup_f_p_value(statistic, n_regressors, shares) - level

    # A single known date is the least that is searched; its value is exact, so begin below it.
    low = 0.99 * float(chi2.isf(level, n_regressors))
    return float(brentq(excess, low, low + 60.0, xtol=1e-6))


def _tail_expansion(statistic: float, n_regressors: int, duration: float) -> float:
    """DeLong's expansion for large values, as given by Estrella (2003, equation 8)."""
    if statistic <= n_regressors:
        return 1.0
    half = n_regressors / 2.0
    density = math.exp(half * math.log(statistic / 2.0) - statistic / 2.0 - float(gammaln(half)))
    return density * ((1.0 - n_regressors / statistic) * duration + 2.0 / statistic)


@lru_cache
def _basis(n_regressors: int) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Nodes on (-1, 1), their weights for (1 + t)^(q/2 - 1), the functions there and their slopes.

    The functions are Legendre polynomials times (1 - t) / 2, so that they vanish at the bound.
    """
    nodes, weights = roots_jacobi(_N_NODES, 0.0, n_regressors / 2.0 - 1.0)
    polynomial = legendre.legvander(nodes, _N_FUNCTIONS - 1)
    slope = np.column_stack(
        [legendre.legval(nodes, legendre.legder(row)) for row in np.eye(_N_FUNCTIONS)]
    )
    edge = (1.0 - nodes[:, None]) / 2.0
    return nodes, weights, polynomial * edge, slope * edge - polynomial / 2.0


@lru_cache(maxsize=4096)
def _spectrum(statistic: float, n_regressors: int) -> tuple[FloatArray, FloatArray]:
    """Decay rates of staying below the bound, and the weight of each, in the stationary start."""
    half, bound = n_regressors / 2.0, statistic / 2.0
    nodes, weights, functions, unit_slopes = _basis(n_regressors)
    z = bound * (1.0 + nodes) / 2.0
    mass = np.exp(np.log(weights) + half * math.log(bound / 2.0) - z - float(gammaln(half)))
    slopes = unit_slopes * (2.0 / bound)
    inner = functions.T @ (mass[:, None] * functions)
    energy = slopes.T @ ((mass * z)[:, None] * slopes)
    rates, vectors = eigh(energy, inner)
    start = vectors.T @ (functions.T @ mass)
    return rates, start**2


# Bai and Perron (2003), "Critical values for multiple structural change tests", Econometrics
# Journal 6, 72-78: UDmax, for trimming 5, 10, 15, 20 and 25 % (at most 5 breaks for the first
# three, 3 and 2 for the last two), one row each for tests at 10, 5, 2.5 and 1%, one column for
# each number of regressors from 1 to 10.
_UD_MAX: dict[float, tuple[tuple[float, ...], ...]] = {
    0.05: (
        (8.78, 11.69, 14.05, 16.17, 17.94, 19.92, 21.79, 23.53, 25.19, 26.66),
        (10.17, 13.27, 15.80, 17.88, 19.74, 21.90, 23.77, 25.51, 27.28, 28.75),
        (11.52, 14.69, 17.36, 19.51, 21.57, 23.83, 25.46, 27.32, 29.20, 30.84),
        (13.74, 16.79, 19.38, 21.25, 24.00, 26.07, 28.02, 29.60, 31.72, 33.86),
    ),
    0.10: (
        (8.05, 10.86, 13.26, 15.23, 17.06, 19.06, 20.76, 22.42, 24.24, 25.64),
        (9.52, 12.59, 14.85, 17.00, 18.91, 21.01, 22.80, 24.56, 26.48, 27.82),
        (10.83, 14.15, 16.64, 18.75, 20.68, 23.25, 24.75, 26.54, 28.33, 29.90),
        (13.07, 16.19, 18.75, 20.75, 23.16, 25.55, 27.23, 29.01, 30.81, 32.82),
    ),
    0.15: (
        (7.46, 10.16, 12.40, 14.58, 16.49, 18.23, 20.00, 21.70, 23.38, 24.90),
        (8.88, 11.70, 14.23, 16.37, 18.42, 20.30, 22.04, 23.87, 25.81, 27.23),
        (10.39, 13.18, 15.87, 18.24, 20.10, 22.27, 24.26, 25.88, 27.78, 29.36),
        (12.37, 15.41, 18.26, 20.39, 22.49, 24.55, 26.75, 28.51, 30.62, 32.17),
    ),
    0.20: (
        (6.96, 9.66, 11.84, 13.94, 15.74, 17.62, 19.30, 21.09, 22.55, 24.17),
        (8.43, 11.16, 13.66, 15.79, 17.76, 19.69, 21.46, 23.28, 25.04, 26.51),
        (9.94, 12.68, 15.31, 17.73, 19.59, 21.56, 23.40, 25.31, 27.02, 28.67),
        (12.02, 14.92, 17.60, 19.90, 21.75, 23.80, 26.16, 27.71, 29.67, 31.40),
    ),
    0.25: (
        (6.55, 9.16, 11.31, 13.36, 15.12, 16.94, 18.60, 20.30, 21.81, 23.43),
        (8.01, 10.67, 13.15, 15.28, 17.14, 19.10, 20.84, 22.62, 24.28, 25.80),
        (9.37, 12.25, 14.67, 17.13, 18.97, 20.97, 22.89, 24.61, 26.38, 27.91),
        (11.50, 14.34, 17.08, 19.22, 21.51, 23.12, 25.67, 27.12, 29.12, 30.87),
    ),
}
_UD_MAX_LEVELS = ("0.1", "0.05", "0.025", "0.01")
_UD_MAX_BREAKS = {0.05: 5, 0.10: 5, 0.15: 5, 0.20: 3, 0.25: 2}


def double_maximum_table(
    n_obs: int, min_segment: int, n_regressors: int
) -> tuple[float, int, dict[str, float]] | None:
    """Look the published critical values of UDmax up.

    Returns
    -------
    tuple or None
        The trimming of the table, the most breaks that it covers, and the critical value for each
        level (``"0.1"``, ``"0.05"``, ``"0.025"``, ``"0.01"``). The table's trimming is the largest
        that does not exceed the one used, which errs on the side of not rejecting. ``None`` where
        the trimming is below 5% or there are more than 10 regressors.
    """
    if not 1 <= n_regressors <= 10:
        return None
    fitting = [t for t in _UD_MAX if math.floor(t * n_obs + 1e-9) <= min_segment]
    if not fitting:
        return None
    trimming = max(fitting)
    values = {
        level: row[n_regressors - 1]
        for level, row in zip(_UD_MAX_LEVELS, _UD_MAX[trimming], strict=True)
    }
    return trimming, _UD_MAX_BREAKS[trimming], values
