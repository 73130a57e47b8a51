"""What a notebook hands over, made into what the tests take, or refused with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from detente.base.errors import UsageError
from detente.statistics.effects.events import Event
from detente.statistics.samples import SeriesError

# Squares of larger numbers overflow, and those of smaller ones vanish.
_LARGEST, _SMALLEST = 1e100, 1e-100
Days = Iterable[date | str] | date | str


def as_series(given: Any, *, over_periods: bool = False) -> pd.Series:
    """Return what was given as a series of floats in order of time.

    Parameters
    ----------
    given
        A series of pandas or of polars, a data frame of one column, or a list or array of numbers.
    over_periods
        Whether the test needs a ``PeriodIndex``; a ``DatetimeIndex`` with an even rhythm becomes
        one.

    Raises
    ------
    SeriesError
        It is nothing of this kind, holds something other than numbers, is out of order, or its
        numbers are too large or too small to be squared.
    """
    series = _floats(_one_column(given))
    index = series.index
    if not index.is_monotonic_increasing or not index.is_unique:
        raise SeriesError(
            "the periods of the series must increase without repeats; sort it and add up repeats"
        )
    sizes = np.abs(series.to_numpy())
    largest = np.max(sizes, initial=0.0, where=np.isfinite(sizes))
    if largest > _LARGEST or 0.0 < largest < _SMALLEST:
        raise SeriesError(
            f"expected values whose largest size lies between {_SMALLEST:g} and {_LARGEST:g}, got "
            f"{largest:g}; state the series in another unit"
        )
    return _over_periods(series) if over_periods else series


def frequency(series: pd.Series) -> str:
    """Return the length of the periods of a series, as pandas abbreviates it: ``"M"``."""
    return pd.PeriodIndex(series.index).freqstr


def as_events(given: Days | Mapping[str, Days]) -> list[Event]:
    """Return days, or days by category, as events.

    Raises
    ------
    UsageError
        Something is no day.
    """
    by_category = given if isinstance(given, Mapping) else {"event": given}
    return [
        Event(when=_day(one), category=str(category))
        for category, days in by_category.items()
        for one in ([days] if isinstance(days, str | date) else days)
    ]


def _one_column(given: Any) -> pd.Series:
    if hasattr(given, "to_pandas"):  # of polars or pyarrow
        given = given.to_pandas()
    if isinstance(given, pd.DataFrame):
        if given.shape[1] != 1:
            raise SeriesError(
                f"expected one series, got a data frame of {given.shape[1]} columns; choose one, "
                'for instance frame["net"]'
            )
        return given.iloc[:, 0]
    if isinstance(given, pd.Series):
        return given
    if isinstance(given, list | tuple | np.ndarray) and np.ndim(given) == 1:
        return pd.Series(given)
    raise SeriesError(
        f"expected a pandas series or a list of numbers, got {type(given).__name__}; a series has "
        "one value a period"
    )


def _floats(series: pd.Series) -> pd.Series:
    try:
        if any(isinstance(one, str) for one in series):  # "1" would pass for a number
            raise TypeError
        values = series.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        odd = next((one for one in series if not isinstance(one, float | int)), series.dtype)
        raise SeriesError(
            f"expected numbers, got {odd!r}; convert the series with pandas.to_numeric first"
        ) from None
    return pd.Series(values, series.index, name=series.name)


def _over_periods(series: pd.Series) -> pd.Series:
    index = series.index
    if isinstance(index, pd.PeriodIndex):
        return series
    if not isinstance(index, pd.DatetimeIndex):
        raise SeriesError(
            f"expected a PeriodIndex or a DatetimeIndex, got {type(index).__name__}; give "
            'each value its period, for instance with pandas.period_range("2010-01", '
            'periods=len(values), freq="M")'
        )
    rhythm = index.freqstr or (pd.infer_freq(index) if len(index) > 2 else None)
    if rhythm is None:
        raise SeriesError(
            "expected one value a period, got days without an even rhythm; add them up, for "
            'instance with series.resample("MS").sum()'
        )
    return series.set_axis(index.tz_localize(None).to_period())


def _day(given: object) -> date:
    try:
        if isinstance(given, int | float):  # pandas would read nanoseconds since 1970
            raise TypeError
        found = pd.Timestamp(given)  # type: ignore[arg-type]
        if pd.isna(found):
            raise ValueError
    except (TypeError, ValueError):
        raise UsageError(f"expected a day such as 2023-03-16, got {given!r}") from None
    return found.date()
