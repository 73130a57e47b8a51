"""Balances of pairs beside each other on one scale, and the line of one without words."""

from __future__ import annotations

from collections.abc import Sequence

from detente.report.charts import svg
from detente.report.charts.svg import Drawing, dot, line, num, polyline, rect, text
from detente.report.language import Language
from detente.report.model.balance import Month


def spark(months: Sequence[Month], size: tuple[float, float] = (150.0, 34.0)) -> Drawing:
    """Return the balance of a pair as a line without words, on a scale of its own."""
    windows = [one for one in months if one.balance is not None]
    width, height = size
    values = [one.balance or 0.0 for one in windows]
    low, high = min(0.0, *values), max(0.0, *values)
    reach = (high - low) or 1.0
    step = max(-(-len(windows) // 120), 1)
    kept = [*range(0, len(windows) - 1, step), len(windows) - 1]
    at = [
        (
            2 + (width - 6) * place / max(len(windows) - 1, 1),
            round(height - 3 - (height - 6) * (values[place] - low) / reach),
        )
        for place in kept
    ]
    zero = height - 3 - (height - 6) * (0 - low) / reach
    body = (
        line(2, zero, width - 4, zero, "g")
        + f'<path class="ln" fill="none" stroke-width="1.2" d="{polyline(at)}"/>'
        + dot(*at[-1], 2.4, "i")
    )
    return Drawing("spark", width, height, body, "", "")


def dot_range(month: Month, reach: float, size: tuple[float, float] = (220.0, 26.0)) -> Drawing:
    """Return now, a year ago and the interval on the scale that all pairs share.

    Parameters
    ----------
    reach
        The scale runs from minus to plus this many points.
    """
    width, height = size
    middle = height / 2

    def x(value: float) -> float:
        inside = min(max(value, -reach), reach)
        return width / 2 + (width / 2 - 7) * inside / reach

    value = month.balance or 0.0
    clear = month.lo is not None and month.hi is not None and (month.lo > 0 or month.hi < 0)
    colour = ("co" if value > 0 else "cf") if clear else "n"
    parts = [
        line(4, middle, width - 4, middle, "g"),
        line(width / 2, 3, width / 2, height - 3, "z"),
    ]
    if month.lo is not None and month.hi is not None:
        x1, x2 = x(month.lo), x(month.hi)
        parts.append(rect(x1, middle - 2.5, x2 - x1, 5, colour, ' fill-opacity=".5"'))
    if month.change is not None:
        parts.append(dot(x(value - month.change), middle, 4, "pg ns", ' stroke-width="1.5"'))
    if month.lo is None:
        parts.append(dot(x(value), middle, 4.5, "pg ns", ' stroke-width="2.5"'))
    else:
        parts.append(dot(x(value), middle, 5, colour))
    return Drawing("range", width, height, "".join(parts), "", "")


def range_axis(reach: float, say: Language, width: float = 220.0) -> Drawing:
    """Return the numbers of the scale of `dot_range`, to stand above or below its rows."""
    parts, right = [], -8.0
    for value in svg.ticks(-reach, reach, 4):
        words = say.plus_points(value)
        half = svg.width(words) / 2
        x = width / 2 + (width / 2 - 7) * value / reach
        x = min(max(x, half), width - half)
        # Zero is written once, and no number stands on another.
        is_told = (words == "0") == (value == 0)
        if abs(value) <= reach and is_told and x - half >= right + 8:
            parts.append(text(x, 12, words, "s", anchor="middle"))
            right = x + half
    return Drawing("axis", width, 16.0, "".join(parts), "", "")


def dot_ranges(
    rows: Sequence[tuple[str, str, Month]], reach: float, say: Language, title: str, alt: str
) -> Drawing:
    """Return pairs one under the other, each with its name and balance, on one scale."""
    left = max((svg.width(name, bold=True) for name, _, _ in rows), default=0.0) + 12
    width, step = 640.0, 28.0
    parts = []
    for place, (name, value, month) in enumerate(rows):
        y = step * place
        range_ = dot_range(month, reach, (width - left - 56, 26.0))
        parts += [
            text(0, y + 18, name, "b"),
            f'<g transform="translate({num(left)} {num(y)})">{range_.body}</g>',
            text(width, y + 18, value, "b", anchor="end"),
        ]
    axis = range_axis(reach, say, width - left - 56)
    foot = step * len(rows)
    parts.append(f'<g transform="translate({num(left)} {num(foot)})">{axis.body}</g>')
    return Drawing("pairs", width, foot + axis.height + 4, "".join(parts), title, alt)
