"""What the level model expects of the months ahead, from any month of the past."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from detente.statistics.level import heavy_tails, tweedie
from detente.statistics.level.fit import Fit
from detente.statistics.level.nodes import normalised
from detente.statistics.level.summary import chosen_nodes, points

Floats = npt.NDArray[np.float64]


def net_paths(
    cooperation: Fit,
    conflict: Fit,
    origins: npt.NDArray[np.int64],
    horizon: int,
    log2_draws: int = 8,
    seed: int = 0,
) -> Floats:
    """Draw the first source's net points of the months after each origin.

    Parameters
    ----------
    cooperation, conflict
        Fits of the same series.
    origins
        Places of the last months known. The states and the weights of the parameters are those of
        the time; a feed's volume is taken to stay as it was.
    horizon
        Months ahead.
    log2_draws
        Logarithm of the number of draws.
    seed
        Of the draws.

    Returns
    -------
    ndarray
        Shape (origins, series, horizon, draws).
    """
    first, second = (
        _points(one, origins, horizon, log2_draws, (seed, sign))
        for sign, one in enumerate((cooperation, conflict))
    )
    return first - second


def _points(
    one: Fit, origins: npt.NDArray[np.int64], horizon: int, log2_draws: int, seed: tuple[int, int]
) -> Floats:
    uniform = points(4, log2_draws)
    sign = seed[1]
    found = one.filtered
    node = chosen_nodes(normalised(found.log_weight[origins]), uniform[sign])
    mean = np.take_along_axis(found.mean[origins], node, -1)
    deviation = np.sqrt(np.take_along_axis(found.variance[origins], node, -1))
    state = mean + deviation * norm.ppf(uniform[2 + sign])

    def at_node(values: Floats) -> Floats:
        shape = (len(origins), *values.shape)
        return np.take_along_axis(np.broadcast_to(values, shape), node, -1)

    phi = at_node(one.rule.phi[:, :, 0])
    step = at_node(np.sqrt(one.rule.step_variance))
    offset = one.sums.log_offset[:, 0].T[origins][..., None]
    drawn = np.empty((*state.shape[:2], horizon, state.shape[2]))
    # A generator a series, so that it does not matter which others are drawn beside it.
    for series in range(state.shape[1]):
        rng = np.random.default_rng([*seed, 11])
        path = state[:, series].copy()
        for month in range(horizon):
            path += step[:, series] * heavy_tails.drawn(one.prior.step_freedom, rng, path.shape)
            log_mean = np.minimum(path + offset[:, series], 300.0)
            drawn[:, series, month] = tweedie.draw(rng, log_mean, phi[:, series], one.rule.power)
    return drawn
