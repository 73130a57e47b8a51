"""A series as it stood at the end of each of its months."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from detente.statistics.frames import period_index
from detente.statistics.samples import FloatArray, SeriesError


@dataclass(frozen=True, kw_only=True)
class Vintages:
    """Monthly series in parts, by what was known when.

    Attributes
    ----------
    months
        The months, n of them, consecutive.
    parts
        Names of the k parts whose sum is forecast, for instance the two directions of a dyad.
    known_at
        What was known at the end of month t of month s, shape (n, n, k): [t, s, part]; what lies
        above the diagonal (s > t) means nothing.
    final
        What is known now, shape (n, k). What became known after the last month counts here alone.
    """

    months: pd.PeriodIndex
    parts: tuple[str, ...]
    known_at: FloatArray
    final: FloatArray

    @classmethod
    def of(cls, series: pd.DataFrame) -> Vintages:
        """Return the vintages of series that were never revised, one column a part.

        Raises
        ------
        SeriesError
            If the index does not hold consecutive periods, or a value is missing.
        """
        months = period_index(series, "a forecast")
        values = series.to_numpy(dtype=np.float64)
        if not np.isfinite(values).all():
            raise SeriesError("a forecast needs a value in every month; some are missing")
        known_at = np.broadcast_to(values, (len(values), *values.shape))
        return cls(months=months, parts=tuple(map(str, series)), known_at=known_at, final=values)

    def __len__(self) -> int:
        return len(self.months)

    @property
    def n_revised(self) -> int:
        """Months of which something became known only after their end."""
        at_end = np.diagonal(self.known_at).T
        return int((np.abs(at_end - self.final) > 1e-9).any(axis=1).sum())

    def known(self, origin: int) -> FloatArray:
        """Return what was known at the end of month ``origin``, shape (origin + 1, k)."""
        return np.asarray(self.known_at[origin, : origin + 1])

    def now(self) -> FloatArray:
        """Return what is known now of every month, summed over the parts, shape (n,)."""
        return np.asarray(self.final.sum(axis=1))
