"""What several series must be before a linear model over periods sees them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from detente.base.errors import DetenteError
from detente.base.phrases import say, text_of
from detente.statistics.samples import FloatArray, SeriesError
from detente.statistics.units import differs


class NotEstimableError(DetenteError):
    """The sample cannot carry the model; the message is the reason given in a `Refusal`."""


def period_index(data: pd.Series | pd.DataFrame, where: str) -> pd.PeriodIndex:
    """Return the index of ``data`` as consecutive periods.

    Raises
    ------
    SeriesError
        If the index holds no periods, or leaves one out, or repeats one.
    """
    index = data.index
    if not isinstance(index, pd.PeriodIndex):
        raise SeriesError(
            f"{where}: expected a PeriodIndex (monthly or weekly), got {type(index).__name__}. "
            "Convert the dates with `.to_period()`."
        )
    if len(index) == 0:
        raise SeriesError(f"{where}: expected at least one period, got none.")
    whole = pd.period_range(index[0], index[-1], freq=index.freq)
    if not index.equals(whole):
        raise SeriesError(
            f"{where}: expected every period from {label(index[0])} to {label(index[-1])} once and "
            f"in order ({len(whole)} periods), got {len(index)}. "
            "Give every period a row, zero where nothing happened."
        )
    return index


def require_informative(data: pd.Series | pd.DataFrame, min_active: int = 20) -> None:
    """Refuse columns that no linear model can be fitted to.

    Parameters
    ----------
    data
        One series or several, one row per period.
    min_active
        Fewest values that must differ from the column's most frequent one: a series that is zero
        nearly throughout has too few periods that carry information.

    Raises
    ------
    NotEstimableError
        With the column and the reason.
    """
    if isinstance(data, pd.Series):
        frame = data.to_frame("the series" if data.name is None else data.name)
    else:
        frame = data
    if len(frame) <= min_active:
        raise NotEstimableError(say("reason.few_periods", n=len(frame), needed=min_active + 1))
    for name, column in frame.items():
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        n_missing = int((~np.isfinite(values)).sum())
        if n_missing:
            raise NotEstimableError(
                say("reason.missing", name=text_of(name), n_missing=n_missing, n=len(values))
            )
        counts = np.unique(values, return_counts=True)[1]
        if not differs(float(np.ptp(values)), float(np.abs(values).max())):
            raise NotEstimableError(
                say("reason.same_everywhere", name=text_of(name), n=len(values))
            )
        n_active = len(values) - int(counts.max())
        if n_active < min_active:
            raise NotEstimableError(
                say(
                    "reason.few_active",
                    name=text_of(name),
                    n_active=n_active,
                    n=len(values),
                    needed=min_active,
                )
            )


def numbers(data: pd.Series | pd.DataFrame) -> FloatArray:
    """Return the values as floats, in the shape of ``data``; missing ones are NaN."""
    return np.ascontiguousarray(data.to_numpy(dtype=np.float64, na_value=np.nan))


def label(period: pd.Period) -> str:
    """Name a period: weeks by their first day, months, quarters and years as pandas does."""
    if period.freqstr.startswith("W"):
        return period.start_time.strftime("%Y-%m-%d")
    return str(period)


def span(index: pd.PeriodIndex) -> str:
    """First and last period, for instance ``2001-01 to 2024-12``."""
    return f"{label(index[0])} to {label(index[-1])}"


def unit(index: pd.PeriodIndex) -> str:
    """Name the length of one period, in the singular."""
    names = {"M": "month", "W": "week", "Q": "quarter", "Y": "year", "D": "day"}
    return names.get(index.freqstr[:1], "period")
