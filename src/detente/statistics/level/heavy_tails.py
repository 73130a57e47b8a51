"""Steps of the state with heavier tails than the normal: quiet months, and now and then a jump.

A Student t variable is a normal one whose variance is drawn afresh each month from an inverse gamma
distribution. That distribution stands here as a few equally likely parts, each by its mean; the
month is filtered with each of them, and the parts are weighted by what the month then shows.

References
----------
Harvey, A. C. and Koopman, S. J. (2000). Signal extraction and the formulation of unobserved
components models. Econometrics Journal 3, 84-107. Meinhold, R. J. and Singpurwalla, N. D. (1989).
Robustification of Kalman filter models. Journal of the American Statistical Association 84,
479-486.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.stats import invgamma

Floats = npt.NDArray[np.float64]

N_PARTS = 5


def parts(freedom: float, n_parts: int = N_PARTS) -> Floats:
    """Return the variance of each part, relative to that of the whole.

    Parameters
    ----------
    freedom
        Degrees of freedom, above 2.

    Returns
    -------
    ndarray
        Shape (parts,), rising, of mean 1: a step has the same variance as a normal one.
    """
    if not freedom > 2.0:
        raise ValueError(f"steps need more than 2 degrees of freedom for a variance, got {freedom}")
    half = freedom / 2.0
    ends = invgamma(half, scale=half).ppf(np.linspace(0.0, 1.0, n_parts + 1))
    # The mean within a part, by the partial moment of an inverse gamma distribution.
    moment = invgamma(half - 1.0, scale=half).cdf(ends)
    moment[-1] = 1.0
    return np.asarray(n_parts * np.diff(moment))


def mixed(
    mean: Floats, variance: Floats, log_density: Floats, scales: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Bring the parts of one month together.

    Parameters
    ----------
    mean, variance, log_density
        Of the state, and of the month's data, with each part; shape (parts, ...).
    scales
        Variance of each part, relative to that of the whole.

    Returns
    -------
    tuple
        Mean and variance of the state, log density of the data, and the relative variance of the
        month's step, given the data.
    """
    highest = log_density.max(axis=0)
    weight = np.exp(log_density - highest)
    total = weight.sum(axis=0)
    weight = weight / total
    together = (weight * mean).sum(axis=0)
    spread = (weight * (variance + (mean - together) ** 2)).sum(axis=0)
    density = highest + np.log(total / len(scales))
    return together, spread, density, np.tensordot(scales, weight, axes=(0, 0))


def drawn(freedom: float | None, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Draw steps of unit variance: normal, or Student's t with ``freedom`` degrees of freedom."""
    if freedom is None:
        return np.asarray(rng.standard_normal(shape))
    return np.asarray(rng.standard_t(freedom, shape) * np.sqrt((freedom - 2.0) / freedom))


Update = Callable[[Floats], tuple[Floats, Floats, Floats]]


def filtered(
    update: Update, variance: Floats, step_variance: Floats, scales: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Filter a month with each part.

    Parameters
    ----------
    update
        Given the variance of the state before the month, its mean and variance with the month, and
        the log density of the month's data.
    variance, step_variance
        Of the state before the month, the step included, and of the step.
    """
    found = [update(variance + (one - 1.0) * step_variance) for one in scales]
    mean, spread, density = (np.stack(one) for one in zip(*found, strict=True))
    return mixed(mean, spread, density, scales)
