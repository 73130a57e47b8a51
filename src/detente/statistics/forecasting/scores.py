"""How good a predictive distribution was, once the month is known. Lower is better throughout."""

from __future__ import annotations

import numpy as np

from detente.base.errors import UsageError
from detente.statistics.forecasting.predictive import Predictive
from detente.statistics.samples import FloatArray


def crps(forecast: Predictive, observed: FloatArray) -> FloatArray:
    """Return the continuous ranked probability score, in the unit of the series.

    Parameters
    ----------
    forecast
        Points of shape (..., n).
    observed
        Shape (...).

    Returns
    -------
    ndarray
        Shape (...), at least 0; the absolute error where all points are the same.

    Notes
    -----
    With the points x(1) <= ... <= x(n) and the observed y, the score of their empirical
    distribution is the mean of |x - y| less half the mean of |x - x'|, which equals

        (2 / n^2) sum_i (x(i) - y) (n [y < x(i)] - i + 1/2).

    References
    ----------
    Gneiting and Raftery (2007), Journal of the American Statistical Association 102, 359-378,
    equation 21; Jordan, Krueger and Lerch (2019), Journal of Statistical Software 90(12), equation
    3 (the sorted form, as in scoringRules).
    """
    points = forecast.points
    n = forecast.n_points
    if points.shape[:-1] != np.shape(observed):
        raise UsageError(
            f"expected an observation for each of {points.shape[:-1]} forecasts, got "
            f"{np.shape(observed)}"
        )
    gap = points - np.asarray(observed, dtype=np.float64)[..., None]
    weight = n * (gap > 0.0) - np.arange(1, n + 1) + 0.5
    score = 2.0 / n**2 * (gap * weight).sum(axis=-1)
    # Exactly zero can come out as -1e-17.
    return np.asarray(np.maximum(score, 0.0))
