"""A series in units of its own: what a test says does not depend on the unit or on a large level.

Sums of squares of values as they come lose their digits to a large level, and underflow or overflow
where the unit is odd. A constant is among the regressors of every model here, so that nothing is
lost by taking a level off first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from detente.statistics.samples import FloatArray

# Values that differ by less than this many units in the last place are taken to be the same.
ROUNDING = 8.0


@dataclass(frozen=True, kw_only=True)
class OwnUnits:
    """What is taken off a series, and the unit that it is then put in.

    Attributes
    ----------
    values
        (series - middle) / unit, largest absolute value between 1/2 and 1; all zero where the
        values differ by no more than rounding, or do not differ.
    middle
        One of the series' values, the median, so that the difference is exact; zero in a series
        that is zero in half of the periods.
    unit
        A power of two, which changes no digit.
    """

    values: FloatArray
    middle: float
    unit: float


def own_units(values: FloatArray) -> OwnUnits:
    """Put finite values, shape (n,), in units of their own spread around their median."""
    half = len(values) // 2
    middle = float(np.partition(values, half)[half]) if len(values) else 0.0
    centred = values - middle
    spread = float(np.abs(centred).max(initial=0.0))
    largest = float(np.abs(values).max(initial=0.0))
    if not differs(spread, largest):
        return OwnUnits(values=np.zeros_like(values), middle=middle, unit=1.0)
    unit = math.ldexp(1.0, min(math.frexp(spread)[1], 1023))
    return OwnUnits(values=np.asarray(centred / unit), middle=middle, unit=unit)


def differs(spread: float, largest: float) -> bool:
    """Return whether a spread is more than the rounding errors of values of this size."""
    return spread > ROUNDING * float(np.finfo(float).eps) * largest
