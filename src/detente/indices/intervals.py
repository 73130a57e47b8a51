"""95% intervals by a Poisson bootstrap whose weights come from the events themselves.

The Poisson bootstrap (Hanley and MacGibbon 2006, Computer Methods and Programs in Biomedicine 83:
57-62; Chamandy et al. 2012, "Estimating uncertainty for massive data streams", Google) gives every
occurrence, in every replicate, a weight drawn from a Poisson distribution of mean 1. Here the draw
is a function of the occurrence's name and the replicate's number alone. So the same data give the
same interval on any machine and in any order, and a new occurrence leaves the weights of the others
as they were.

Sums are formed in whole millionths, so that no sum depends on its order; bounds are order
statistics, so that none is interpolated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from detente.base.threads import one_thread

REPLICATES = 999
LEVEL = 0.95
# Below FEWEST occurrences there is no interval; below ENOUGH the ratios' intervals are wider than
# 95 % (docs/methods.md, Uncertainty, gives the simulation behind both).
FEWEST = 5
ENOUGH = 30
MILLION = 1_000_000

# How many of 256 equally likely bytes stand for the weights 0 to 5: Poisson(1) to the nearest
# 256th, with mean exactly 1 and variance 254/256.
_BYTES = (94, 94, 48, 15, 4, 1)
_WEIGHT_OF_BYTE = np.repeat(np.arange(len(_BYTES), dtype=np.float64), _BYTES)

_WORDS = -(-REPLICATES // 8)
# Few enough rows that a chunk of weights stays in the processor's cache.
_CHUNK = 256
# Below this every whole number is exact in single precision.
_EXACT_SINGLE = 2**24
# The two occurrences that are added to each ratio have weights of their own, the same everywhere.
_PSEUDO_SEEDS = np.array([1, 2], dtype=np.uint64)

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Seeds = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Bounds:
    """Lower and upper bounds, one row per period: columns net, mean and relative net."""

    lower: Floats
    upper: Floats


def weights(seeds: Seeds) -> Floats:
    """Return the bootstrap weights of occurrences.

    Parameters
    ----------
    seeds
        One 64-bit hash an occurrence, shape (n,).

    Returns
    -------
    numpy.ndarray
        Shape (n, REPLICATES); whole numbers from 0 to 5, Poisson of mean 1.

    Notes
    -----
    Eight replicates take the eight bytes of one 64-bit word; the words of an occurrence are the
    SplitMix64 sequence that starts from its seed (Steele, Lea and Flood 2014, Fast splittable
    pseudorandom number generators, OOPSLA).
    """
    # Every byte is inside the table; 'clip' spares a check of each.
    return np.asarray(np.take(_WEIGHT_OF_BYTE, _bytes(seeds), mode="clip"), dtype=np.float64)


def _bytes(seeds: Seeds) -> npt.NDArray[np.uint8]:
    """Return one byte an occurrence and replicate, shape (n, REPLICATES)."""
    with np.errstate(over="ignore"):
        steps = np.arange(1, _WORDS + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        word = seeds[:, None] + steps
        word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        word ^= word >> np.uint64(31)
    found: npt.NDArray[np.uint8] = word.astype("<u8").view(np.uint8)[:, :REPLICATES]
    return found


def replicate_sums(seeds: Seeds, segment: Integers, values: Integers, n_segments: int) -> Floats:
    """Return weighted sums of values in each segment and replicate.

    Parameters
    ----------
    seeds
        One hash an occurrence, shape (n,).
    segment
        Number of the segment of time that each occurrence falls into, ascending, shape (n,).
    values
        What each occurrence adds, in millionths, shape (n, k).

    Returns
    -------
    numpy.ndarray
        Shape (n_segments, k, REPLICATES); whole numbers, exact below 2**53.

    Notes
    -----
    Where a chunk's sums are small enough in their common unit (a tenth of a point under the
    Goldstein scale) they are formed in single precision: exact as well, and twice as fast.
    """
    sums = np.zeros((n_segments, values.shape[1], REPLICATES))
    unit = max(int(np.gcd.reduce(values, axis=None)), 1) if values.size else 1
    numbers = values // unit
    largest = int(np.abs(numbers).max(initial=0)) * (len(_BYTES) - 1) * _CHUNK
    kind = np.float32 if largest < _EXACT_SINGLE else np.float64
    table = _WEIGHT_OF_BYTE.astype(kind)
    with one_thread():
        for first in range(0, len(seeds), _CHUNK):
            part = slice(first, first + _CHUNK)
            drawn = np.take(table, _bytes(seeds[part]), mode="clip")
            added, inside = numbers[part].astype(kind), segment[part]
            cuts = np.flatnonzero(np.diff(inside)) + 1
            for start, stop in zip([0, *cuts], [*cuts, len(inside)], strict=True):
                sums[inside[start]] += added[start:stop].T @ drawn[start:stop]
    sums *= unit
    return sums


def tail(n: Integers) -> Integers:
    """Return how many replicates lie beyond each bound, for n occurrences.

    Notes
    -----
    The percentile interval is too short by about the ratio of a normal to a Student quantile and
    of the two denominators of a variance. Its level is widened by both (Hesterberg 2015, What
    teachers should know about the bootstrap, The American Statistician 69: 371-386, section 4.4,
    the expanded percentile interval).
    """
    count = n.astype(np.float64)
    quantile = special.stdtrit(count - 1, 0.5 + LEVEL / 2)
    beyond = special.ndtr(-np.sqrt(count / (count - 1)) * quantile)
    whole = np.maximum(np.floor((REPLICATES + 1) * beyond), 1)
    return np.asarray(whole, dtype=np.int64)


def bounds(n: Integers, totals: Integers, sums: Floats, half_range: float) -> Bounds:
    """Return the intervals of periods that have at least FEWEST occurrences.

    Parameters
    ----------
    n
        Occurrences of each period, shape (p,).
    totals
        Weight, net score and sum of absolute scores of each period, in millionths, shape (p, 3).
    sums
        The same in each replicate, shape (p, 3, REPLICATES).
    half_range
        Half of the scale's largest absolute value, in scale points.

    Returns
    -------
    Bounds
        Net in scale points, mean in scale points, relative net in [-1, 1].

    Notes
    -----
    A ratio's interval is too short where few occurrences happen to be alike. Both ratios therefore
    take in two more occurrences of the period's average weight, one at plus and one at minus
    `half_range`: what has not been seen may still happen (the idea of Agresti and Coull 1998, The
    American Statistician 52: 119-126). Their influence vanishes as n grows. A bound never excludes
    the value itself.
    """
    average = totals[:, 0] // n
    plus, minus = weights(_PSEUDO_SEEDS)
    lean = average[:, None] * half_range * (plus - minus)
    spread = average[:, None] * (plus + minus)
    weight, net, absolute = sums[:, 0], sums[:, 1], sums[:, 2]
    replicates = np.stack(
        [
            net / MILLION,
            _ratio(net + lean, weight + spread),
            _ratio(net + lean, absolute + half_range * spread),
        ],
        axis=1,
    )
    replicates.sort(axis=2)
    beyond = tail(n)[:, None, None]
    lower = np.take_along_axis(replicates, beyond - 1, axis=2)[:, :, 0]
    upper = np.take_along_axis(replicates, REPLICATES - beyond, axis=2)[:, :, 0]
    whole = totals.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.stack(
            [whole[:, 1] / MILLION, whole[:, 1] / whole[:, 0], whole[:, 1] / whole[:, 2]], axis=1
        )
    # Where every score is zero there is no relative net, hence no interval of it.
    undefined = np.isnan(value)
    lower, upper = np.fmin(lower, value), np.fmax(upper, value)
    lower[undefined], upper[undefined] = np.nan, np.nan
    return Bounds(lower, upper)


def chances_of_extremes(sums: Floats) -> tuple[Floats, Floats]:
    """Return how often each period is the lowest, and the highest, of all in the replicates.

    Parameters
    ----------
    sums
        One row per period, one column per replicate.

    Returns
    -------
    tuple of numpy.ndarray
        Shares of the replicates, each adding up to one; periods that tie share a replicate.

    Examples
    --------
    >>> sums = np.array([[1.0, -2.0, 3.0, 0.0], [1.0, 5.0, 2.0, 1.0]])
    >>> lowest, highest = chances_of_extremes(sums)
    >>> lowest.tolist(), highest.tolist()
    ([0.625, 0.375], [0.375, 0.625])
    """
    lowest, highest = (
        (shared / shared.sum(axis=0)).mean(axis=1)
        for shared in (sums == sums.min(axis=0), sums == sums.max(axis=0))
    )
    return lowest, highest


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Divide; a replicate that drew nothing at all says nothing, and counts as zero."""
    out = np.zeros_like(numerator)
    return np.divide(numerator, denominator, out=out, where=denominator > 0)


def rule(n: int) -> str:
    """Return the rule of the interval for n occurrences: 'none', 'conservative' or 'bootstrap'."""
    if n < FEWEST:
        return "none"
    return "conservative" if n < ENOUGH else "bootstrap"
