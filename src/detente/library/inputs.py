"""What a notebook hands over, made into what the library takes, or refused with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd

from detente.base.errors import UsageError
from detente.statistics.effects.events import Event
from detente.statistics.samples import SeriesError
from detente.studies.actors import Gazetteer

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
        It is nothing of this kind, holds something other than numbers, is out of order, has an
        index of several levels, or its numbers are too large or too small to be squared.
    """
    series = _floats(_one_column(given))
    index = series.index
    if index.nlevels > 1:
        raise SeriesError(
            f"expected one period a value, got an index of {index.nlevels} levels; choose one "
            'series, for instance with series.xs("JPN-KOR")'
        )
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
        for one in _listed(days)
    ]


def _listed(days: Days) -> Iterable[object]:
    """Return days as a list; one day stands for itself, and so does what is no list at all."""
    if isinstance(days, pd.DataFrame):
        raise UsageError(
            f"expected days, got a data frame of {days.shape[1]} columns; choose one, for instance "
            'frame["event_date"]'
        )
    if isinstance(days, str | date) or not isinstance(days, Iterable):
        return [days]
    return days


def as_span(start: object, end: object) -> tuple[date, date]:
    """Return the first and the last day that are meant.

    Parameters
    ----------
    start, end
        A day, or a month, quarter or year, which stands for its first or its last day; None for
        no limit.

    Raises
    ------
    UsageError
        One is no date, or the end lies before the start.
    """
    first = date.min if start is None else _period("start", start).start_time.date()
    last = date.max if end is None else _period("end", end).end_time.date()
    if last < first:
        raise UsageError(f"expected an end on or after the start, got {first} to {last}")
    return first, last


def as_state(given: object, names: Gazetteer) -> str:
    """Return the ISO 3166-1 alpha-3 code of a state that is given by code or name.

    Raises
    ------
    UsageError
        The reference tables know no such state, or it could be several.
    """
    if not isinstance(given, str):
        raise UsageError(f"expected a state such as 'KOR' or 'South Korea', got {given!r}")
    found = names.find(given)
    if not found.is_certain:
        raise UsageError(found.question)
    return found.actors[0].iso3


def demand_whole(name: str, value: object) -> None:
    """Raise a ``UsageError`` unless a setting is a whole number."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise UsageError(f"expected a whole number as {name}, got {value!r}")


def demand_share(name: str, value: object, most: float = 1.0) -> None:
    """Raise a ``UsageError`` unless a setting lies above 0 and below 1, or up to ``most``."""
    is_inside = isinstance(value, Real) and 0.0 < float(value) <= most and value != 1.0
    if not is_inside:
        bound = "below 1" if most == 1.0 else f"up to {most:g}"
        raise UsageError(f"expected a number above 0 and {bound} as {name}, got {value!r}")


def _period(name: str, given: object) -> pd.Period:
    try:
        if given is pd.NaT:
            raise ValueError
        if isinstance(given, pd.Period):
            return given
        if isinstance(given, date):  # a timestamp with a time of day is a day
            return pd.Period(year=given.year, month=given.month, day=given.day, freq="D")
        found = pd.Period(str(given))
        if str(found) == "NaT":  # of an empty text
            raise ValueError
    except (TypeError, ValueError):
        raise UsageError(
            f"expected a day, month or year such as 2023-03-16, 2023-03 or 2023 as {name}, "
            f"got {given!r}"
        ) from None
    return found


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
        # "1", a date and a complex number would pass for a number.
        if any(isinstance(one, str) for one in series) or series.dtype.kind in "cmM":
            raise TypeError
        values = series.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        odd = next((one for one in series if not isinstance(one, float | int)), series.dtype)
        raise SeriesError(
            f"expected numbers, got {odd!r}; make the series one of floats first, for instance "
            "with pandas.to_numeric"
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
    days = index.tz_localize(None)
    # A Monday begins its week, as those of a study do (ISO 8601); to pandas it would end one.
    by_monday = rhythm in {"W-MON", "7D"} and days[0].weekday() == 0
    return series.set_axis(days.to_period("W-SUN" if by_monday else None))


def _day(given: object) -> date:
    try:
        # Of a number pandas would read nanoseconds since 1970; a longer period is no day.
        if isinstance(given, Real) or (isinstance(given, pd.Period) and given.freqstr != "D"):
            raise TypeError
        found = given.start_time if isinstance(given, pd.Period) else pd.Timestamp(given)  # type: ignore[arg-type]
        if pd.isna(found):
            raise ValueError
    except (TypeError, ValueError):
        raise UsageError(f"expected a day such as 2023-03-16, got {given!r}") from None
    return found.date()
