"""A series as the tests want it: finite numbers in order of time, each with the name of its period.

The marts hand over pandas series with a ``PeriodIndex`` or a ``DatetimeIndex``; simulations and
examples hand over bare arrays. Both become a ``Sample``, and what cannot be meant (an index
out of order, a month missing altogether, an infinite value) is refused here with a message.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from detente.base.errors import DetenteError
from detente.base.phrases import say

FloatArray = NDArray[np.float64]
Gaps = Literal["refuse", "drop"]

# How many periods make a year, by the first letter(s) of a pandas frequency; other frequencies
# (days) have no season here.
_PERIODS_PER_YEAR = {"Y": 1, "A": 1, "Q": 4, "M": 12, "W": 52}


class SeriesError(DetenteError):
    """A series that no test can take: out of order, with holes, or not made of numbers."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Observed values in order of time.

    Attributes
    ----------
    values
        Shape (n,), finite, in the unit of the series.
    labels
        Name of each period, for instance ``"2023-03"``, ``"1972Q3"`` or ``"1898"``; for bare values
        the position counted from 1.
    n_missing
        Observations without a value that were left out (always 0 with ``gaps="refuse"`` except at
        the two ends).
    periods_per_year
        12 for months, 4 for quarters, 52 for weeks, 1 for years; ``None`` where not known.
    season
        Position of each observation within its year, counted from 0, shape (n,); ``None`` where
        ``periods_per_year`` is ``None`` or 1.
    """

    values: FloatArray
    labels: tuple[str, ...]
    n_missing: int
    periods_per_year: int | None
    season: NDArray[np.int64] | None

    def __len__(self) -> int:
        return len(self.values)

    def span(self) -> str:
        """First and last period in words."""
        return f"{self.labels[0]} to {self.labels[-1]}"


def take_sample(series: pd.Series | ArrayLike, *, gaps: Gaps = "refuse") -> Sample:
    """Check a series and bring it into the form that the tests use.

    Parameters
    ----------
    series
        A pandas series with a ``PeriodIndex``, a ``DatetimeIndex`` or any increasing index, or
        plain values of shape (n,).
    gaps
        What to do with missing values between the first and the last observed one. ``"refuse"``
        raises; ``"drop"`` leaves them out and counts them, which suits methods that need an order
        in time but no equal spacing. Missing values at either end are always left out and counted.

    Returns
    -------
    Sample

    Raises
    ------
    SeriesError
        If nothing is observed, a value is infinite or not a number, the index is out of order or
        repeats, a period is absent from the index, or a gap is met with ``gaps="refuse"``.
    """
    index: pd.Index | None = None
    if isinstance(series, pd.Series):
        index = series.index
        raw = series.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        raw = _as_numbers(series)
    if index is not None and not (index.is_monotonic_increasing and index.is_unique):
        raise SeriesError(
            "the periods of the series must increase without repeats; sort it and add up repeats"
        )
    if np.isinf(raw).any():
        raise SeriesError(
            f"expected finite values, found {int(np.isinf(raw).sum())} infinite ones; "
            "find the division that made them"
        )
    periods = _periods(index)
    if isinstance(index, pd.PeriodIndex):
        _refuse_absent_periods(index)
    labels = _labels(periods, index, len(raw))
    observed = np.flatnonzero(~np.isnan(raw))
    if observed.size == 0:
        raise SeriesError(say("reason.no_value"))
    inside = slice(int(observed[0]), int(observed[-1]) + 1)
    n_gaps = int(np.isnan(raw[inside]).sum())
    if n_gaps and gaps == "refuse":
        first = labels[int(observed[0] + np.flatnonzero(np.isnan(raw[inside]))[0])]
        raise SeriesError(say("reason.value_gaps", n=n_gaps, first=first))
    per_year, season = _season(periods)
    return Sample(
        values=raw[observed],
        labels=tuple(labels[int(i)] for i in observed),
        n_missing=len(raw) - observed.size,
        periods_per_year=per_year,
        season=None if season is None else season[observed],
    )


def _as_numbers(values: ArrayLike) -> FloatArray:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise SeriesError(f"expected numbers, got something else: {error}") from error
    if array.ndim != 1:
        raise SeriesError(f"expected one value per period, got an array of shape {array.shape}")
    return array


def _periods(index: pd.Index | None) -> pd.PeriodIndex | None:
    """Bring a dated index to periods; ``None`` where it holds no dates, or too few to tell."""
    if isinstance(index, pd.PeriodIndex):
        return index
    if not isinstance(index, pd.DatetimeIndex):
        return None
    dates = index.tz_localize(None) if index.tz is not None else index
    if dates.freq is None and len(dates) >= 3:
        dates = pd.DatetimeIndex(dates, freq="infer")
        if dates.freq is None:
            raise SeriesError(
                f"the {len(dates)} dates from {dates[0]:%Y-%m-%d} to {dates[-1]:%Y-%m-%d} are not "
                "equally spaced; give every period between the first and the last a row, zero or "
                "missing"
            )
    kind = "" if dates.freqstr is None else dates.freqstr.lstrip("B")[:1]
    # Months, quarters and years of the calendar, whichever end of them the dates stand for.
    if kind in {"M", "Q", "Y", "A"}:
        return dates.to_period("Y" if kind == "A" else kind)
    return dates.to_period("W" if kind == "W" else "D")


def _refuse_absent_periods(periods: pd.PeriodIndex) -> None:
    if len(periods) == 0:
        return
    expected = pd.period_range(periods[0], periods[-1], freq=periods.freq)
    if len(expected) != len(periods):
        absent = expected.difference(periods)
        raise SeriesError(
            f"the series skips {len(absent)} periods, the first is {absent[0]}; "
            "give every period between the first and the last a row, zero or missing"
        )


def _labels(periods: pd.PeriodIndex | None, index: pd.Index | None, n_obs: int) -> Sequence[str]:
    if periods is not None:
        kind = periods.freqstr[:1]
        if kind in {"Y", "A"}:
            return [str(p.year) for p in periods]
        if kind == "Q":
            return [f"{p.year}Q{p.quarter}" for p in periods]
        if periods.freqstr == "M":
            return [p.strftime("%Y-%m") for p in periods]
    if isinstance(index, pd.DatetimeIndex):
        return [stamp.date().isoformat() for stamp in index]
    if periods is not None:
        return [p.start_time.date().isoformat() for p in periods]
    if index is None or isinstance(index, pd.RangeIndex):
        return [str(i) for i in range(1, n_obs + 1)]
    return [str(entry) for entry in index]


def _season(periods: pd.PeriodIndex | None) -> tuple[int | None, NDArray[np.int64] | None]:
    if periods is None:
        return None, None
    per_year = _PERIODS_PER_YEAR.get(periods.freqstr[:1])
    if periods.freqstr[:1] == "M":
        return per_year, np.asarray(periods.month, dtype=np.int64) - 1
    if periods.freqstr[:1] == "Q":
        return per_year, np.asarray(periods.quarter, dtype=np.int64) - 1
    if periods.freqstr[:1] == "W":
        # The 53rd week of a long year joins the 52nd.
        week = np.asarray([period.week for period in periods], dtype=np.int64)
        return per_year, np.minimum(week, 52) - 1
    return per_year, None
