"""What occurrences add up to in spans of time, exactly, so that sums of sums are sums of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from detente.indices.periods import start_of

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Sums:
    """What the occurrences of one dyad add up to in spans of time, in the order of time.

    Attributes
    ----------
    starts
        First day of each span.
    counts
        Occurrences in which the first acts upon the second, the second upon the first, and
        altogether; shape (spans, 3).
    totals
        Weight, net score and sum of absolute scores of the acts forward, then backward, in
        millionths; shape (spans, 6).
    replicates
        The same in each replicate of the bootstrap; shape (spans, 6, REPLICATES).
    """

    starts: pd.DatetimeIndex
    counts: Integers
    totals: Integers
    replicates: Floats

    def by(self, freq: str) -> Sums:
        """Return the sums of each period of a frequency, in order of time."""
        starts = start_of(self.starts, freq)
        firsts = np.flatnonzero(~starts.duplicated())
        if len(firsts) == len(starts):
            return Sums(starts, self.counts, self.totals, self.replicates)
        return Sums(
            starts[firsts],
            np.add.reduceat(self.counts, firsts, axis=0),
            np.add.reduceat(self.totals, firsts, axis=0),
            np.add.reduceat(self.replicates, firsts, axis=0),
        )

    def starting_on(self, days: pd.DatetimeIndex) -> Sums:
        """Return the spans that start on one of some days."""
        return self._take(np.flatnonzero(self.starts.isin(days)))

    def and_(self, other: Sums) -> Sums:
        """Return the spans of both."""
        both = Sums.together([self, other])
        return both._take(np.argsort(both.starts, kind="stable"))

    @classmethod
    def together(cls, parts: Sequence[Sums]) -> Sums:
        """Return the spans of all, one after the other."""
        if len(parts) == 1:
            return parts[0]
        starts = np.concatenate([one.starts.to_numpy() for one in parts])
        counts, totals, replicates = (
            np.concatenate([getattr(one, name) for one in parts])
            for name in ("counts", "totals", "replicates")
        )
        return cls(pd.DatetimeIndex(starts), counts, totals, replicates)

    def _take(self, places: npt.NDArray[np.intp]) -> Sums:
        return Sums(
            self.starts[places], self.counts[places], self.totals[places], self.replicates[places]
        )
