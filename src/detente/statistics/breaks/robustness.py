"""Which breaks of one search are found again in another.

A break is found again where the other search has one in the same direction inside the interval of
its date, or within a year of the date. Each break of the other search stands for one break at most,
the nearest pairs first.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from detente.statistics.breaks.results import Break

# Dates less far apart than this are of the same break, however narrow its interval.
_NEAR = pd.Timedelta(days=366)


def lost_breaks(asked: Sequence[Break], again: Sequence[Break], freq: str) -> tuple[Break, ...]:
    """Return the breaks that another search does not find.

    Parameters
    ----------
    asked
        Breaks of the search that is put to the test.
    again
        Breaks of the other one, of the same periods.
    freq
        Of the labels, as pandas names it.

    Returns
    -------
    tuple of Break
        In order of time.

    Examples
    --------
    >>> from detente.statistics.breaks.search import Break
    >>> def rise(last, lower=None, upper=None):
    ...     return Break(last_before=last, first_after="", position=0, lower=lower, upper=upper,
    ...                  level=0.95, before={"mean": 0.0}, after={"mean": 1.0})
    >>> found = rise("2012-06", "2011-01", "2015-01")
    >>> lost_breaks([found], [rise("2014-12")], "M")
    ()
    >>> len(lost_breaks([found], [rise("2015-02")], "M"))
    1
    """
    pairs = sorted(
        (_periods_between(one, other, freq), i, j)
        for i, one in enumerate(asked)
        for j, other in enumerate(again)
        if _rises(one) == _rises(other) and _holds(one, other, freq)
    )
    found: set[int] = set()
    used: set[int] = set()
    for _, i, j in pairs:
        if i not in found and j not in used:
            found.add(i)
            used.add(j)
    return tuple(one for i, one in enumerate(asked) if i not in found)


def _holds(one: Break, other: Break, freq: str) -> bool:
    """Say whether one break's interval, or a year around its date, holds the date of another."""
    date, other_date = pd.Period(one.last_before, freq), pd.Period(other.last_before, freq)
    if abs(date.start_time - other_date.start_time) <= _NEAR:
        return True
    if one.lower is None or one.upper is None:
        return False
    return bool(pd.Period(one.lower, freq) <= other_date <= pd.Period(one.upper, freq))


def _periods_between(one: Break, other: Break, freq: str) -> int:
    """Return how many periods lie between two dates."""
    date, other_date = pd.Period(one.last_before, freq), pd.Period(other.last_before, freq)
    return abs(date.ordinal - other_date.ordinal)


def _rises(one: Break) -> bool:
    return one.after["mean"] > one.before["mean"]
