"""Dated events as counts per period, and the windows around them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from detente.statistics.frames import label, period_index
from detente.statistics.samples import FloatArray, SeriesError


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened, whose effect on a series is asked.

    Attributes
    ----------
    when
        Its day, or a period of the series.
    category
        For instance ``"summit"``.
    title
        How to name it in a sentence; may be empty.
    """

    when: date | pd.Period
    category: str
    title: str = ""

    @property
    def name(self) -> str:
        """Its title, or its category where it has none."""
        return self.title or f"the event of category {self.category}"


@dataclass(frozen=True, kw_only=True)
class EventTable:
    """Events laid on the periods of a series.

    Attributes
    ----------
    index
        Periods of the series.
    counts
        Events per period, one array of shape (periods,) a category, alphabetical.
    places
        Row of each event inside the series, in the order given.
    events
        The events inside the series.
    n_outside
        Events per category before the first or after the last period.
    """

    index: pd.PeriodIndex
    counts: dict[str, FloatArray]
    places: tuple[int, ...]
    events: tuple[Event, ...]
    n_outside: dict[str, int]

    @property
    def categories(self) -> tuple[str, ...]:
        """All categories given, alphabetical."""
        return tuple(self.counts)

    def of(self, category: str) -> FloatArray:
        """Return the counts of one category, shape (periods,).

        Raises
        ------
        SeriesError
            If no event of the category was given.
        """
        if category not in self.counts:
            raise SeriesError(
                f"expected a category among {', '.join(self.categories) or 'none'}, got {category}"
            )
        return self.counts[category]

    def numbers(self, only: str | None = None) -> list[int]:
        """Return the positions in ``events``, from 0, of one category's events, or of all."""
        return [i for i, event in enumerate(self.events) if only in (None, event.category)]

    def others(self, category: str) -> dict[str, FloatArray]:
        """Return the counts of every other category that occurs inside the series."""
        return {
            name: counts
            for name, counts in self.counts.items()
            if name != category and counts.any()
        }


def place_events(data: pd.Series | pd.DataFrame, events: Iterable[Event]) -> EventTable:
    """Count events per period of a series.

    Parameters
    ----------
    data
        With an index of consecutive periods.
    events
        In any order; several may share a period.

    Raises
    ------
    SeriesError
        If the index does not hold consecutive periods, or an event carries a period of another
        frequency.
    """
    index = period_index(data, "series")
    events = tuple(events)
    categories = sorted({event.category for event in events})
    counts = {name: np.zeros(len(index)) for name in categories}
    n_outside = dict.fromkeys(categories, 0)
    places, inside = [], []
    periods = pd.PeriodIndex([_period_of(event, index) for event in events], freq=index.freq)
    for event, found in zip(events, index.get_indexer(periods), strict=True):
        place = int(found)
        if place < 0:
            n_outside[event.category] += 1
            continue
        counts[event.category][place] += 1.0
        places.append(place)
        inside.append(event)
    return EventTable(
        index=index, counts=counts, places=tuple(places), events=tuple(inside), n_outside=n_outside
    )


def _period_of(event: Event, index: pd.PeriodIndex) -> pd.Period:
    if not isinstance(event.when, pd.Period):
        return pd.Timestamp(event.when).to_period(index.freqstr)
    if event.when.freqstr != index.freqstr:
        raise SeriesError(
            f"event {event.title or event.category} {event.when}: expected a day or a period of "
            f"the series ({index.freqstr}, like {label(index[0])}), got one of {event.when.freqstr}"
        )
    return event.when


def shifted(counts: FloatArray, by: int) -> FloatArray:
    """Move counts along the last axis by some periods, later if positive; gaps are filled with 0.

    >>> shifted(np.array([1.0, 0.0, 2.0]), 1)
    array([0., 1., 0.])
    """
    moved = np.zeros_like(counts)
    if by == 0:
        moved[...] = counts
    elif by > 0:
        moved[..., by:] = counts[..., :-by]
    else:
        moved[..., :by] = counts[..., -by:]
    return moved


def covering(counts: FloatArray, first: int, last: int) -> FloatArray:
    """Count the events whose window from `first` to `last` periods after them covers each period.

    Windows that overlap add up. `counts` has shape (..., periods).
    """
    total = np.zeros_like(counts)
    for by in range(first, last + 1):
        total += shifted(counts, by)
    return total


def season_columns(index: pd.PeriodIndex, is_seasonal: bool) -> FloatArray:
    """Dummies of the month in which each period begins, less the first one that occurs.

    No column where the pattern of the year is to stay; shape (periods, columns).
    """
    if not is_seasonal:
        return np.empty((len(index), 0))
    months = np.asarray(index.asfreq("D", how="START").month)
    present = np.unique(months)[1:]
    return np.asarray(months[:, None] == present, dtype=np.float64)
