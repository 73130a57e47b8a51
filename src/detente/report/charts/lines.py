"""Charts of the annex: lines with bands, dates on one axis, effects with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

from detente.report.charts import svg
from detente.report.charts.svg import Drawing, dot, line, polyline, rect, text
from detente.report.language import with_minus

PHONE = (358.0, 190.0)  # a chart on a narrow page


@dataclass(frozen=True)
class Point:
    """A value at a place, with a band around it where one is known."""

    x: float
    y: float
    lo: float | None = None
    hi: float | None = None
    inner: tuple[float, float] | None = None


def month_number(day: date) -> float:
    """Return a day as years, so that months stand evenly on an axis."""
    return day.year + (day.month - 1) / 12 + (day.day - 1) / 365


def curve(
    name: str,
    points: Sequence[Point],
    title: str,
    alt: str,
    size: tuple[float, float] = (774.0, 220.0),
    whole_ticks: Sequence[tuple[float, str]] = (),
    has_dots: bool = False,
) -> Drawing:
    """Return one line with its bands.

    Parameters
    ----------
    points
        In the order of x, which are years unless `whole_ticks` names the places.
    whole_ticks
        Places on the x axis with their names.
    """
    width, height = size
    values = [v for one in points for v in (one.y, one.lo, one.hi) if v is not None]
    named, (low, high) = _axis(min(values), max(values))
    left, right, top, bottom = 2.0, width - 52, 8.0, height - 24
    first, last = points[0].x, points[-1].x

    def x(value: float) -> float:
        return left + (right - left) * (value - first) / ((last - first) or 1.0)

    def y(value: float) -> float:
        return bottom - (bottom - top) * (value - low) / ((high - low) or 1.0)

    parts = []
    for value in named:
        parts.append(line(left, y(value), right, y(value), "z" if value == 0 else "g"))
        shown = with_minus(f"{value:,.10g}")
        parts.append(text(right + 6, y(value) + 4.5, shown, "s"))
    parts += [_band(points, x, y), _inner(points, x, y)]
    at = [(x(one.x), y(one.y)) for one in points]
    parts.append(f'<path class="ln" fill="none" stroke-width="1.5" d="{polyline(at)}"/>')
    if has_dots:
        parts += [dot(*one, 3, "i") for one in at]
    ticks = whole_ticks or [
        (float(year), str(year))
        for year in svg.year_ticks(int(first) + (first % 1 > 0), int(last), right - left)
    ]
    room = max((svg.width(words) + 12 for _, words in ticks), default=1.0) * len(ticks)
    parts += [
        text(
            min(max(x(place), svg.width(words) / 2 + 1), right),
            height - 6,
            words,
            "s",
            anchor="middle",
        )
        for place, words in ticks[:: ceil(room / (right - left))]
    ]
    return Drawing(name, width, height, "".join(parts), title, alt)


def _axis(least: float, most: float) -> tuple[list[float], tuple[float, float]]:
    """Return the ticks of an axis and where it ends: a little beyond the values, not a step."""
    named = svg.ticks(least, most, 4)  # zero among them
    least, most = min(least, 0.0), max(most, 0.0)
    beyond = 0.04 * (most - least)
    low, high = max(named[0], least - beyond), min(named[-1], most + beyond)
    inside = [one for one in named if low <= one <= high]
    return (inside, (low, high)) if len(inside) > 1 else (list(named), (named[0], named[-1]))


def _band(points: Sequence[Point], x: svg.Scale, y: svg.Scale) -> str:
    return _shade(
        [
            (x(one.x), y(one.lo), y(one.hi))
            for one in points
            if one.lo is not None and one.hi is not None
        ]
    )


def _inner(points: Sequence[Point], x: svg.Scale, y: svg.Scale) -> str:
    return _shade([(x(one.x), y(one.inner[0]), y(one.inner[1])) for one in points if one.inner])


def _shade(known: Sequence[tuple[float, float, float]]) -> str:
    """Return a band from places with its lower and upper edge; no eye sees a tenth of a pixel."""
    if len(known) < 2:
        return ""
    edge = [(x, round(hi)) for x, _, hi in known] + [(x, round(lo)) for x, lo, _ in reversed(known)]
    return f'<path class="bd" d="{polyline(edge, close=True)}"/>'


def histogram(
    name: str,
    heights: Sequence[float],
    band: tuple[float, float],
    title: str,
    alt: str,
    size: tuple[float, float] = (774.0, 170.0),
) -> Drawing:
    """Return densities over equal parts of nought to one, with the level of one and a band.

    Parameters
    ----------
    heights
        One density a part; one everywhere is even.
    band
        Between which densities the parts of an even sample vary.
    """
    width, height = size
    left, right, top, bottom = 2.0, width - 52, 8.0, height - 24
    named = svg.ticks(0.0, max(*heights, band[1]), 4)

    def y(value: float) -> float:
        return bottom - (bottom - top) * value / named[-1]

    step = (right - left) / len(heights)
    parts = []
    for value in named:
        parts.append(line(left, y(value), right, y(value), "z" if value == 0 else "g"))
        parts.append(text(right + 6, y(value) + 4.5, f"{value:g}", "s"))
    parts += [
        rect(left + step * place + 2, y(one), step - 4, bottom - y(one), "n", ' fill-opacity=".55"')
        for place, one in enumerate(heights)
    ]
    parts.append(rect(left, y(band[1]), right - left, y(band[0]) - y(band[1]), "bd"))
    parts.append(line(left, y(1.0), right, y(1.0), "ln", ' stroke-dasharray="5 4"'))
    for share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        at = min(max(left + (right - left) * share, 14), right - 6)
        parts.append(text(at, height - 6, f"{share:g}", "s", anchor="middle"))
    return Drawing(name, width, height, "".join(parts), title, alt)


@dataclass(frozen=True)
class Dates:
    """The dates that one search finds, with their intervals."""

    name: str
    found: tuple[tuple[date, date | None, date | None], ...]


def dates(
    name: str, rows: Sequence[Dates], span: tuple[date, date], title: str, alt: str, none: str
) -> Drawing:
    """Return the dates that several searches find, a row a search, on one axis."""
    width, left = 774.0, 330.0
    right, step = width - 12, 22.0
    first, last = month_number(span[0]), month_number(span[1])

    def x(day: date) -> float:
        return left + (right - left) * (month_number(day) - first) / ((last - first) or 1.0)

    parts = []
    bottom = 6 + step * len(rows)
    for year in svg.year_ticks(span[0].year + 1, span[1].year, right - left):
        at = x(date(year, 1, 1))
        parts.append(line(at, 2, at, bottom, "g"))
        parts.append(text(at, bottom + 16, str(year), "s", anchor="middle"))
    for place, row in enumerate(rows):
        y = 6 + step * (place + 0.5)
        words = svg.fitted(row.name, left - 14)
        parts.append(text(0, y + 4.5, words, "b" if place == 0 else ""))
        if not row.found:
            parts.append(text(left + 4, y + 4.5, none, "s"))
        for day, lower, upper in row.found:
            if lower and upper:
                parts.append(line(x(lower), y, x(upper), y, "ns", ' stroke-width="2"'))
            parts.append(dot(min(max(x(day), left), right), y, 4.5, "i"))
    return Drawing(name, width, bottom + 22, "".join(parts), title, alt)


@dataclass(frozen=True)
class Effect:
    """An estimate with its 95% interval; hollow where it should not be trusted."""

    name: str
    value: float
    lo: float
    hi: float
    is_hollow: bool = False


def forest(name: str, rows: Sequence[Effect], title: str, alt: str) -> Drawing:
    """Return effects with their intervals, a row each, on one axis."""
    width, left = 774.0, 300.0
    right, step = width - 60, 24.0
    named = svg.ticks(min(one.lo for one in rows), max(one.hi for one in rows), 5)
    bottom = 6 + step * len(rows)

    def x(value: float) -> float:
        return left + (right - left) * (value - named[0]) / ((named[-1] - named[0]) or 1.0)

    parts = []
    for value in named:
        parts.append(line(x(value), 2, x(value), bottom, "z" if value == 0 else "g"))
        shown = with_minus(f"{value:+,.4g}") if value else "0"
        parts.append(text(x(value), bottom + 16, shown, "s", anchor="middle"))
    for place, one in enumerate(rows):
        y = 6 + step * (place + 0.5)
        words = svg.fitted(one.name, left - 14)
        clear = one.lo > 0 or one.hi < 0
        colour = ("co" if one.value > 0 else "cf") if clear else "n"
        parts += [
            text(0, y + 4.5, words),
            rect(x(one.lo), y - 2, x(one.hi) - x(one.lo), 4, colour, ' fill-opacity=".6"'),
            dot(x(one.value), y, 5, "pg ns" if one.is_hollow else colour,
                ' stroke-width="2"' if one.is_hollow else ""),
            text(right + 8, y + 4.5, with_minus(f"{one.value:+.1f}"), "s"),
        ]  # fmt: skip
    return Drawing(name, width, bottom + 22, "".join(parts), title, alt)
