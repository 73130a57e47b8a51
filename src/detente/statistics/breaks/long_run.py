"""Long-run variance of a regression's moments, as the break tests of Bai and Perron use it.

Written here because statsmodels has no quadratic spectral kernel with Andrews' automatic bandwidth
and prewhitening, and the published break tests can only be reproduced with exactly that.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.signal import correlate

from detente.statistics.breaks.segmentation import fit
from detente.statistics.samples import FloatArray

Divisor = Literal["bai-perron", "sandwich"]

# Andrews and Monahan (1992, p. 957): a prewhitening filter close to a unit root is pulled back to
# this, or recolouring would blow the estimate up.
MAX_ROOT = 0.97
_SHORT = 512


def long_run_covariance(
    moments: FloatArray, *, prewhiten: bool = True, divisor: Divisor = "bai-perron"
) -> FloatArray:
    """Estimate the long-run covariance of ``moments`` robustly to autocorrelation.

    Quadratic spectral kernel, bandwidth by Andrews' AR(1) rule with equal weights, optionally after
    prewhitening by a VAR(1) as in Andrews and Monahan.

    Parameters
    ----------
    moments
        Shape (n, d), for instance regressor times residual, consecutive in time, mean about zero.
    prewhiten
        Filter by a VAR(1) first and recolour afterwards.
    divisor
        Small-sample divisor: ``"bai-perron"`` divides by the observations left after the filter
        less d, as the program of Bai and Perron does; ``"sandwich"`` by n - d, as R's sandwich
        does. They differ by one observation with prewhitening and not at all without.

    Returns
    -------
    ndarray
        Shape (d, d), symmetric, positive semi-definite; zero where the moments are all zero.

    Raises
    ------
    ValueError
        If there are too few rows to estimate anything.

    References
    ----------
    Andrews (1991), Econometrica 59, 817-858, equations (2.7), (6.2) and (6.4). Andrews and Monahan
    (1992), Econometrica 60, 953-966. Bai and Perron (2003), Journal of Applied Econometrics 18,
    section 4.
    """
    n_obs, width = moments.shape
    if n_obs < width + 4:
        raise ValueError(f"{n_obs} rows are too few for the long-run covariance of {width} moments")
    filtered = moments
    root = np.zeros((width, width))
    if prewhiten:
        root = _first_order_filter(moments)
        filtered = moments[1:] - moments[:-1] @ root.T
    n_left = len(filtered)
    bandwidth = _andrews_bandwidth(filtered)
    total = filtered.T @ filtered
    if bandwidth > 0.0:
        weight = _quadratic_spectral(np.arange(1, n_left) / bandwidth)
        cross = np.array(
            [[weight @ _cross_products(one, other) for other in filtered.T] for one in filtered.T]
        )
        total = total + cross + cross.T
    total = total / ((n_left if divisor == "bai-perron" else n_obs) - width)
    recolour = np.linalg.inv(np.eye(width) - root)
    result: FloatArray = recolour @ total @ recolour.T
    return result


def _cross_products(one: FloatArray, other: FloatArray) -> FloatArray:
    """Return the sums of ``one[t] * other[t - lag]`` at the lags 1, 2, ..., n - 1."""
    # To weigh whether a Fourier transform is faster takes longer than to add up a short series.
    added = np.correlate(one, other, "full") if len(one) <= _SHORT else correlate(one, other)
    return np.asarray(added[len(one) :])


def _first_order_filter(moments: FloatArray) -> FloatArray:
    """VAR(1) coefficients without constant, singular values capped at ``MAX_ROOT``."""
    before, after = moments[:-1], moments[1:]
    if moments.shape[1] == 1:
        return np.clip(fit(after[:, 0], before), -MAX_ROOT, MAX_ROOT)[:, None]
    coefficients = np.linalg.lstsq(before, after, rcond=None)[0].T
    left, singular, right = np.linalg.svd(coefficients)
    capped: FloatArray = left @ np.diag(np.minimum(singular, MAX_ROOT)) @ right
    return capped


def _andrews_bandwidth(moments: FloatArray) -> float:
    """Bandwidth of the quadratic spectral kernel by the AR(1) plug-in of Andrews (1991, 6.4)."""
    n_obs = len(moments)
    before, after = moments[:-1], moments[1:]
    energy = np.einsum("td,td->d", before, before)
    moving = energy > 0.0
    if not moving.any():
        return 0.0
    rho = np.einsum("td,td->d", before, after)[moving] / energy[moving]
    rho = np.clip(rho, -MAX_ROOT, MAX_ROOT)
    error = after[:, moving] - before[:, moving] * rho
    variance = np.einsum("td,td->d", error, error) / (n_obs - 1)
    below = float(np.sum(variance**2 / (1.0 - rho) ** 4))
    if below == 0.0:
        return 0.0
    above = float(np.sum(4.0 * rho**2 * variance**2 / (1.0 - rho) ** 8))
    return float(1.3221 * (above / below * n_obs) ** 0.2)


def _quadratic_spectral(x: FloatArray) -> FloatArray:
    """Weights of Andrews (1991, 2.7) for x > 0."""
    angle = 6.0 * np.pi * x / 5.0
    weights: FloatArray = 3.0 / angle**2 * (np.sin(angle) / angle - np.cos(angle))
    return weights
