"""What the chart of a balance names: its peaks, its troughs, and the months that moved it most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from detente.report.charts.balance import Label
from detente.report.language import Language
from detente.report.model.balance import WINDOW, Month
from detente.report.model.events import Event, name_of
from detente.report.model.pairs import months_before


def labels(months: Sequence[Month], events: Sequence[Event], say: Language) -> list[Label]:
    """Return labels in the order of their weight, the two signs in turn.

    First the highest and the lowest window, then the month that added most and the one that took
    most away, then the other peaks and troughs, by how far they stand out.
    """
    windows = [one for one in months if one.balance is not None]
    by_month: dict[date, list[Event]] = {}
    for event in events:
        by_month.setdefault(event.month, []).append(event)
    up = _unique([*_extremes(windows, 1)[:1], *_largest(windows, 1), *_extremes(windows, 1)[1:]])
    down = _unique(
        [*_extremes(windows, -1)[:1], *_largest(windows, -1), *_extremes(windows, -1)[1:]]
    )
    found = []
    for pair in _in_turn(up, down):
        place, sign = pair
        words = _words(windows[place].month, sign, by_month, say)
        if words:
            found.append(Label(windows[place].month, words, is_above=sign > 0))
    return found


def _extremes(windows: Sequence[Month], sign: int) -> list[int]:
    """Return peaks (or troughs) on their own side of zero, by how far they stand out.

    Of equal values within nine months the first is the peak: a level stretch has one.
    """
    values = [sign * (one.balance or 0.0) for one in windows]
    peaks = [
        place
        for place, value in enumerate(values)
        if value > max([0.0, *values[max(place - 9, 0) : place]])
        and value == max(values[place : place + 10])
    ]
    return sorted(peaks, key=lambda place: (-prominence(values, place), place))


def prominence(values: Sequence[float], place: int) -> float:
    """Return how far a peak stands above the dip that parts it from higher ground.

    Of two dips, one on each side, it is the higher one; a side without anything higher has none,
    and the highest of all values stands above the lowest.
    """
    dips = []
    for side in (values[:place][::-1], values[place + 1 :]):
        dip = values[place]
        for value in side:
            if value > values[place]:
                dips.append(dip)
                break
            dip = min(dip, value)
    return values[place] - max(dips, default=min(values))


def _largest(windows: Sequence[Month], sign: int) -> list[int]:
    values = [sign * one.net for one in windows]
    place = max(range(len(values)), key=lambda at: (values[at], at))
    return [place] if values[place] > 0 else []


def _unique(places: Sequence[int]) -> list[int]:
    return list(dict.fromkeys(places))


def _in_turn(up: Sequence[int], down: Sequence[int]) -> Iterator[tuple[int, int]]:
    for n in range(max(len(up), len(down))):
        for places, sign in ((up, 1), (down, -1)):
            if n < len(places):
                yield places[n], sign


def _words(month: date, sign: int, by_month: dict[date, list[Event]], say: Language) -> str:
    """Name what did it: the heaviest kind of the month, or of the twelve months that end with it.

    A record that brings a short name of its own is named by it. A kind that mostly counts the other
    way comes last: a peak called "Import measures" would puzzle, though some were lifted.
    """
    alone = [one for one in by_month.get(month, ()) if one.points * sign > 0]
    among = alone or [
        one
        for back in range(WINDOW)
        for one in by_month.get(months_before(month, back), ())
        if one.points * sign > 0
    ]
    if not among:
        return ""
    usual: dict[str, float] = {}
    for one in (event for events in by_month.values() for event in events):
        usual[one.kind] = usual.get(one.kind, 0.0) + one.points
    sums: dict[str, float] = {}
    heaviest_of: dict[str, Event] = {}
    for one in sorted(among, key=lambda one: (abs(one.points), one.day)):
        sums[one.kind] = sums.get(one.kind, 0.0) + abs(one.points)
        heaviest_of[one.kind] = one
    kind = max(
        sums,
        key=lambda name: (
            usual[name] * sign > 0 or bool(heaviest_of[name].short),
            sums[name],
            name,
        ),
    )
    heaviest = heaviest_of[kind]
    if heaviest.short:
        return heaviest.short
    name = name_of(kind, say)
    return say("figure.mark", kind=name[:1].upper() + name[1:], year=heaviest.day.year)
