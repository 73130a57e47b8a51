"""Least-squares segmentation of a series into regimes, exactly, by dynamic programming.

Bai and Perron (2003, section 3): the best partition of the first ``e`` observations with ``m``
breaks ends in a last regime ``s..e`` after the best partition of the first ``s`` observations with
``m - 1`` breaks. The table is filled row by row with numpy, so a mean-shift model of 10,000
observations takes about a second and never holds the n x n triangle of sums of squares that the
usual programs build. `ruptures` offers the same programme, but its dynamic programming evaluates
one segment a call in Python, hours at that length, and it knows neither information criteria nor
regressors with a rank check; the recursion itself is shorter than its adapter would be.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detente.statistics.samples import FloatArray, SeriesError

# A segment whose regressors are closer to linear dependence than this has no usable estimate.
_MAX_CONDITION = 1e8

# Share of the sum of squares below which what is left is rounding of the arithmetic.
_ROUNDING = 1e-26

# Constants of the criterion of Liu, Wu and Zidek (1997, p. 507), as used by Bai and Perron.
_LWZ_C0 = 0.299
_LWZ_DELTA0 = 0.1


@dataclass(frozen=True, kw_only=True)
class Partition:
    """The best division of a series into a given number of regimes.

    Attributes
    ----------
    n_breaks
        Number of breaks, m.
    breaks
        For each break, how many observations lie before it; so also the position, counted from 1,
        of the last observation of the old regime.
    rss
        Residual sum of squares, in squared units of the series.
    bic
        ln(rss / n) + p ln(n) / n with p = (m + 1) q + m (Yao 1988; Bai and Perron 2003, p. 14).
        Minus infinity where the fit is perfect.
    lwz
        ln(rss / (n - p)) + 0.299 p ln(n)^2.1 / n (Liu, Wu and Zidek 1997); heavier penalty.
    """

    n_breaks: int
    breaks: tuple[int, ...]
    rss: float
    bic: float
    lwz: float


@dataclass(frozen=True, kw_only=True)
class Segmentation:
    """Best partitions for every number of breaks from none to the most that was asked for.

    Attributes
    ----------
    n_obs, n_regressors
        Sample size n and number of coefficients q that change at a break.
    min_segment
        Fewest observations allowed in a regime.
    partitions
        ``partitions[m]`` has m breaks.
    """

    n_obs: int
    n_regressors: int
    min_segment: int
    partitions: tuple[Partition, ...]

    def best(self, criterion: str = "bic") -> Partition:
        """Return the partition with the smallest criterion; of equals the one with fewer breaks.

        Parameters
        ----------
        criterion
            ``"bic"`` (Yao 1988) or ``"lwz"`` (Liu, Wu and Zidek 1997).
        """
        return min(self.partitions, key=lambda partition: float(getattr(partition, criterion)))


def minimal_segment(n_obs: int, trimming: float) -> int:
    """Return the fewest observations of a regime: ``trimming * n_obs``, rounded down.

    >>> minimal_segment(336, 0.15)
    50
    """
    return math.floor(trimming * n_obs + 1e-9)


def segment(
    y: FloatArray,
    x: FloatArray | None = None,
    *,
    min_segment: int,
    max_breaks: int | None = None,
) -> Segmentation:
    """Find, for every number of breaks, the partition with the least sum of squared residuals.

    Parameters
    ----------
    y
        Shape (n,), in order of time.
    x
        Regressors, shape (n, q), all of whose coefficients change at a break; a column of ones
        (a shift of the mean) where ``None``.
    min_segment
        Fewest observations of a regime; more than q.
    max_breaks
        Most breaks tried; as many as fit where ``None``.

    Returns
    -------
    Segmentation

    Raises
    ------
    SeriesError
        If the sample is shorter than two regimes, or the regressors are linearly dependent in the
        whole sample or in some stretch of ``min_segment`` observations.
    ValueError
        If ``min_segment`` is not above q, ``max_breaks`` is negative, or the shapes disagree.

    Notes
    -----
    Time grows with n squared (times q squared), memory with n (times q squared, and one row of
    integers for each break). The minimal length binds: more breaks can fit worse than fewer when
    they leave no room.

    References
    ----------
    Bai and Perron (2003), "Computation and analysis of multiple structural change models", Journal
    of Applied Econometrics 18, 1-22.
    """
    n_obs = len(y)
    design = np.ones((n_obs, 1)) if x is None else x
    if y.ndim != 1 or design.ndim != 2 or len(design) != n_obs:
        raise ValueError(f"shapes disagree: y {y.shape}, regressors {design.shape}")
    width = design.shape[1]
    if min_segment <= width:
        raise ValueError(
            f"{min_segment} observations a regime are too few for {width} coefficients"
        )
    if n_obs < 2 * min_segment:
        raise SeriesError(
            f"{n_obs} observations are fewer than two regimes of {min_segment}; "
            "take a longer series or a smaller minimal segment"
        )
    room = n_obs // min_segment - 1
    if max_breaks is not None and max_breaks < 0:
        raise ValueError(f"the number of breaks cannot be {max_breaks}")
    most = room if max_breaks is None else min(max_breaks, room)
    breaks_by_number = _best_partitions(y, design, min_segment, most)
    partitions = []
    for breaks in breaks_by_number:
        rss = sum_of_squares(y, design, breaks)
        partitions.append(_judge(breaks, rss, n_obs, width))
    return Segmentation(
        n_obs=n_obs, n_regressors=width, min_segment=min_segment, partitions=tuple(partitions)
    )


def sum_of_squares(y: FloatArray, x: FloatArray, breaks: tuple[int, ...]) -> float:
    """Return the residual sum of squares of a separate regression on each regime.

    Parameters
    ----------
    y, x
        Shapes (n,) and (n, q), in order of time.
    breaks
        Positions of the first observation after each break, counted from 0.

    Returns
    -------
    float
        In the squared unit of ``y``; 0 where the fit is exact but for rounding.
    """
    total = 0.0
    for start, end in regimes(breaks, len(y)):
        residual = y[start:end] - x[start:end] @ fit(y[start:end], x[start:end])
        total += float(residual @ residual)
    # A perfect fit leaves rounding, which the logarithm of a criterion would take for a gain.
    return 0.0 if total <= _ROUNDING * float(y @ y) else total


def regimes(breaks: tuple[int, ...], n_obs: int) -> list[tuple[int, int]]:
    """Return the regimes as half-open ranges of positions, counted from 0.

    >>> regimes((3,), 10)
    [(0, 3), (3, 10)]
    """
    edges = [0, *breaks, n_obs]
    return list(itertools.pairwise(edges))


def fit(y: FloatArray, x: FloatArray) -> FloatArray:
    """Return the least-squares coefficients of y, shape (n,), on x, shape (n, q); shape (q,)."""
    if x.shape[1] == 1:  # a mean, of which the bootstraps ask hundreds of thousands of times
        column = x[:, 0]
        square = column @ column
        return np.array([column @ y / square if square > 0.0 else 0.0])
    return np.asarray(np.linalg.lstsq(x, y, rcond=None)[0], dtype=np.float64)


def one_break_costs(y: FloatArray, x: FloatArray, min_segment: int) -> FloatArray:
    """Sum of squares with one break after each admissible position.

    Parameters
    ----------
    y, x
        Shapes (n,) and (n, q).
    min_segment
        Fewest observations on either side.

    Returns
    -------
    ndarray
        Shape (n - 2 min_segment + 1,); entry i breaks after ``min_segment + i`` observations.
    """
    n_obs = len(y)
    ahead = _growing_costs(y, x, min_segment)
    behind = _growing_costs(y[::-1], x[::-1], min_segment)
    # ahead[i] holds y[:h + i]; behind[j] holds the last h + j observations.
    n_places = n_obs - 2 * min_segment + 1
    costs: FloatArray = ahead[:n_places] + behind[:n_places][::-1]
    return costs


def _judge(breaks: tuple[int, ...], rss: float, n_obs: int, width: int) -> Partition:
    n_breaks = len(breaks)
    n_parameters = (n_breaks + 1) * width + n_breaks
    left = n_obs - n_parameters
    logarithm = math.log(n_obs)
    bic = lwz = -math.inf
    if rss > 0.0:
        bic = math.log(rss / n_obs) + n_parameters * logarithm / n_obs
        penalty = _LWZ_C0 * n_parameters * logarithm ** (2.0 + _LWZ_DELTA0) / n_obs
        lwz = math.log(rss / left) + penalty if left > 0 else math.inf
    return Partition(n_breaks=n_breaks, breaks=breaks, rss=rss, bic=bic, lwz=lwz)


def _best_partitions(
    y: FloatArray, x: FloatArray, min_segment: int, most: int
) -> list[tuple[int, ...]]:
    """Dynamic programme: breaks of the best partition for 0..most breaks."""
    n_obs = len(y)
    best = np.full((most + 1, n_obs + 1), np.inf)
    origin = np.zeros((most + 1, n_obs + 1), dtype=np.int32)
    for end, costs in _costs_by_end(y, x, min_segment):
        best[0, end] = costs[0]
        for m in range(1, min(most, end // min_segment - 1) + 1):
            first = m * min_segment
            total = best[m - 1, first : len(costs)] + costs[first:]
            chosen = int(np.argmin(total))
            best[m, end] = total[chosen]
            origin[m, end] = first + chosen
    found: list[tuple[int, ...]] = []
    for m in range(most + 1):
        breaks: list[int] = []
        end = n_obs
        for level in range(m, 0, -1):
            end = int(origin[level, end])
            breaks.append(end)
        found.append(tuple(reversed(breaks)))
    return found


def _costs_by_end(
    y: FloatArray, x: FloatArray, min_segment: int
) -> Iterator[tuple[int, FloatArray]]:
    """Yield each end e with the sum of squares of ``y[s:e]`` for s = 0..e - min_segment."""
    if _is_constant(x):
        yield from _mean_costs_by_end(y, min_segment)
    else:
        yield from _regression_costs_by_end(y, _orthonormal(x), min_segment)


def _is_constant(x: FloatArray) -> bool:
    return x.shape[1] == 1 and bool(np.all(x == x[0])) and x[0, 0] != 0.0


def _mean_costs_by_end(y: FloatArray, min_segment: int) -> Iterator[tuple[int, FloatArray]]:
    n_obs = len(y)
    # Centring keeps the difference of cumulative sums from losing digits to a large level.
    centred = y - y.mean()
    first = np.concatenate([[0.0], np.cumsum(centred)])
    second = np.concatenate([[0.0], np.cumsum(centred**2)])
    # shrinking[n - e + s] is 1 / (e - s).
    shrinking = 1.0 / np.arange(n_obs, 0, -1)
    for end in range(min_segment, n_obs + 1):
        n_starts = end - min_segment + 1
        sums = first[end] - first[:n_starts]
        costs = second[end] - second[:n_starts]
        costs -= sums * sums * shrinking[n_obs - end : n_obs - end + n_starts]
        np.maximum(costs, 0.0, out=costs)
        yield end, costs


def _regression_costs_by_end(
    y: FloatArray, x: FloatArray, min_segment: int
) -> Iterator[tuple[int, FloatArray]]:
    """Recursive least squares for all starts at once."""
    n_obs, width = x.shape
    n_starts = n_obs - min_segment + 1
    inverse = np.empty((n_starts, width, width))
    coefficients = np.empty((n_starts, width))
    costs = np.empty(n_starts)
    for end in range(min_segment, n_obs + 1):
        newest = end - min_segment
        if newest > 0:
            row, value = x[end - 1], y[end - 1]
            gain = inverse[:newest] @ row
            scale = 1.0 + gain @ row
            surprise = value - coefficients[:newest] @ row
            costs[:newest] += surprise**2 / scale
            coefficients[:newest] += gain * (surprise / scale)[:, None]
            inverse[:newest] -= gain[:, :, None] * (gain / scale[:, None])[:, None, :]
        here = slice(newest, end)
        inverse[newest], coefficients[newest], costs[newest] = _start(y[here], x[here], newest)
        yield end, costs[: newest + 1].copy()


def _start(y: FloatArray, x: FloatArray, position: int) -> tuple[FloatArray, FloatArray, float]:
    if np.linalg.cond(x) > _MAX_CONDITION:
        raise SeriesError(
            f"the regressors are linearly dependent in observations {position + 1} to "
            f"{position + len(y)}; take a longer minimal segment or fewer regressors"
        )
    coefficients = fit(y, x)
    residual = y - x @ coefficients
    inverse = np.asarray(np.linalg.inv(x.T @ x), dtype=np.float64)
    return inverse, coefficients, float(residual @ residual)


def _growing_costs(y: FloatArray, x: FloatArray, min_segment: int) -> FloatArray:
    """Sum of squares of the first h, h + 1, ..., n - h observations."""
    n_obs = len(y)
    last = n_obs - min_segment
    if _is_constant(x):
        centred = y - y.mean()
        count = np.arange(min_segment, last + 1)
        sums = np.cumsum(centred)[min_segment - 1 : last]
        squares = np.cumsum(centred**2)[min_segment - 1 : last]
        costs: FloatArray = np.maximum(squares - sums**2 / count, 0.0)
        return costs
    basis = _orthonormal(x)
    inverse, coefficients, cost = _start(y[:min_segment], basis[:min_segment], 0)
    grown = [cost]
    for position in range(min_segment, last):
        row = basis[position]
        gain = inverse @ row
        scale = 1.0 + float(gain @ row)
        surprise = float(y[position] - coefficients @ row)
        cost += surprise**2 / scale
        coefficients = coefficients + gain * (surprise / scale)
        inverse = inverse - np.outer(gain, gain) / scale
        grown.append(cost)
    return np.asarray(grown, dtype=np.float64)


def _orthonormal(x: FloatArray) -> FloatArray:
    """Span the same space by columns of equal size, so that the recursions stay accurate."""
    if np.linalg.matrix_rank(x / np.abs(x).max(axis=0, initial=1e-300)) < x.shape[1]:
        raise SeriesError("the regressors are linearly dependent in the whole sample; drop one")
    basis: NDArray[np.float64] = np.linalg.qr(x)[0] * math.sqrt(len(x))
    return basis
