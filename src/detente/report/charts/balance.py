"""The chart of the balance: a filled line, its 95% band, its end and the labels that tell why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from detente.report.charts import svg
from detente.report.charts.svg import Box, Drawing, dot, line, num, polyline, text
from detente.report.language import Language
from detente.report.model.balance import Month

APART = 90.0  # pixels between the places of two labels
_TIERS = 3
_LEADER = 17.0  # pixels between two tiers
_ROOF = 34.0  # pixels above the scale in which labels find room
_EAVES = 6.0  # and what is left of them where none stands there


@dataclass(frozen=True)
class Label:
    """What is written at a month; `is_above` says on which side of the line."""

    month: date
    words: str
    is_above: bool


@dataclass(frozen=True)
class Span:
    """A break: its date and the interval of it."""

    day: date
    lower: date | None
    upper: date | None


@dataclass(frozen=True)
class _Plot:
    """How months and points are laid out."""

    left: float
    right: float
    top: float
    bottom: float
    first: int
    last: int
    low: float
    high: float
    ticks: tuple[float, ...]

    def at(self, month: date) -> int:
        return _count(month) - self.first

    @property
    def step(self) -> float:
        """Pixels of a month."""
        return (self.right - self.left) / max(self.last - self.first, 1)

    @property
    def across(self) -> str:
        """What turns the months of an area, which takes fewer letters so, into pixels."""
        return f'transform="translate({num(self.left)})scale({self.step:.4g} 1)"'

    def x(self, month: date) -> float:
        return self.left + self.at(month) * self.step

    def y(self, value: float) -> float:
        return self.bottom - (self.bottom - self.top) * (value - self.low) / (self.high - self.low)


def _count(month: date) -> int:
    return 12 * month.year + month.month - 1


def hero(
    months: Sequence[Month],
    labels: Sequence[Label],
    say: Language,
    title: str,
    alt: str,
    size: tuple[float, float] = (774.0, 370.0),
    breaks: Sequence[Span] = (),
    most: int = 7,
    apart: float = APART,
    reach: tuple[float, float] | None = None,
) -> Drawing:
    """Return the chart of the balance of one pair.

    Parameters
    ----------
    months
        All months; those with a balance are drawn.
    labels
        The most important first; what finds no room is left out.
    breaks
        Shown on a strip of their own under the chart.
    most, apart
        Labels at most, and how many pixels lie between the places of two.
    reach
        The lowest and the highest value of a scale that several charts share; by default the
        pair's own.
    """
    windows = [one for one in months if one.balance is not None]
    width, height = size
    scale = reach or reach_of(months)
    roof = _ROOF if labels else 14.0
    plot = _layout(windows, scale, size, roof, bool(breaks), bool(labels), say)
    placed, boxes = _labels(windows, labels, plot, most, apart)
    # A label above the line may stand below the end of its band: no strip is left empty then.
    if labels and (spare := min([roof, *(box[1] for box in boxes)]) - _EAVES) > 0:
        plot = _layout(windows, scale, size, roof - spare, bool(breaks), bool(labels), say)
        placed, boxes = _labels(windows, labels, plot, most, apart)
    end = windows[-1]
    end_words = _end(end, say, width)
    parts = [
        _axis(plot, say, plot.y(end.balance or 0.0)),
        _years(plot),
        _band(windows, plot),
        _filled(windows, plot),
        line(plot.left, plot.y(0), plot.right, plot.y(0), "z"),
        *placed,
        dot(plot.x(end.month), plot.y(end.balance or 0.0), 4.5, "i"),
        text(plot.right + 9, plot.y(end.balance or 0.0) + 4.5, end_words, "b h"),
        _density(months, plot, height - (44 if breaks else 20)),
    ]
    if breaks:
        drawn, named = _breaks(breaks, plot, height - 8, width, say)
        parts += drawn
        boxes += named
    return Drawing("balance", width, height, "".join(parts), title, alt, tuple(boxes))


def _end(end: Month, say: Language, width: float) -> str:
    words = say.plus_points(end.balance or 0.0)
    return say("figure.now", value=words) if width > 500 else words


def reach_of(months: Sequence[Month]) -> tuple[float, float]:
    """Return the lowest and the highest value that the balance or its band has."""
    values = [v for one in months for v in (one.balance, one.lo, one.hi) if v is not None]
    return min(values), max(values)


def _layout(
    windows: Sequence[Month],
    reach: tuple[float, float],
    size: tuple[float, float],
    top: float,
    has_strip: bool,
    has_labels: bool,
    say: Language,
) -> _Plot:
    width, height = size
    least, most = min(*reach, 0.0), max(*reach, 0.0)
    ends = svg.ticks(least, most, 6 if height > 300 else 5 if height > 240 else 4)
    foot = 70 if has_strip else 46
    inner = height - top - foot
    # Room for a label under the lowest window.
    lowest = min(one.balance or 0.0 for one in windows)
    room = 0.0
    if lowest < 0 and has_labels:
        room = lowest - 30.0 * (ends[-1] - ends[0]) / inner
    widest = say.plus_points(max(abs(ends[0]), abs(ends[-1])))
    wide = max(svg.width(widest, bold=True), 30) + 14
    # The axis ends a little beyond the values: a whole step more would be empty space.
    beyond = 0.04 * (most - least)
    low = min(max(ends[0], least - beyond), room)
    high = min(ends[-1], most + beyond)
    if high - low < 1e-9:
        low, high = ends[0], ends[-1]
    return _Plot(
        left=2.0,
        right=width - (wide + 30 if width > 500 else wide),
        top=top,
        bottom=height - foot,
        first=_count(windows[0].month),
        last=_count(windows[-1].month),
        low=low,
        high=high,
        ticks=tuple(one for one in ends if low <= one <= high),
    )


def _axis(plot: _Plot, say: Language, end: float) -> str:
    places = [(value, plot.y(value)) for value in plot.ticks]
    grid = "".join(svg.stroke(plot.left, y, plot.right, y) for _, y in places)
    words = (
        text(plot.right + 9, y + 4.5, say.plus_points(value), "s")
        for value, y in places
        if abs(y - end) > 15
    )
    return f'<path class="g" fill="none" d="{grid}"/>{"".join(words)}'


def _years(plot: _Plot) -> str:
    first, last = plot.first // 12 + (plot.first % 12 > 0), plot.last // 12
    named = svg.year_ticks(first, last, plot.right - plot.left)
    places = [(year, plot.x(date(year, 1, 1))) for year in named]
    marks = "".join(svg.stroke(x, plot.bottom, x, plot.bottom + 5) for _, x in places)
    words = (
        text(max(x, 15), plot.bottom + 18, str(year), "s", anchor="middle") for year, x in places
    )
    return f'<path class="g" fill="none" d="{marks}"/>{"".join(words)}'


def _runs(windows: Sequence[Month], key: str) -> list[list[Month]]:
    """Return the stretches of months without a gap in which a value is known."""
    runs: list[list[Month]] = []
    for one in windows:
        if getattr(one, key) is None:
            continue
        if not runs or _count(one.month) != _count(runs[-1][-1].month) + 1:
            runs.append([])
        runs[-1].append(one)
    return runs


def _band(windows: Sequence[Month], plot: _Plot) -> str:
    # Of a soft shade no eye sees a tenth of a pixel.
    data = "".join(
        polyline(
            [(plot.at(one.month), round(plot.y(one.hi or 0))) for one in run]
            + [(plot.at(one.month), round(plot.y(one.lo or 0))) for one in reversed(run)],
            close=True,
        )
        for run in _runs(windows, "hi")
    )
    return f'<path class="bd" {plot.across} d="{data}"/>' if data else ""


def _filled(windows: Sequence[Month], plot: _Plot) -> str:
    zero = plot.y(0)
    areas = {True: "", False: ""}
    line_ = ""
    for run in _runs(windows, "balance"):
        line_ += polyline([(plot.x(one.month), plot.y(one.balance or 0)) for one in run])
        months = [(float(plot.at(one.month)), plot.y(one.balance or 0)) for one in run]
        for is_above, area in _sides(months, zero):
            # The line covers the edge, so that the area needs no tenth of a pixel.
            areas[is_above] += polyline([(x, round(y)) for x, y in area], close=True)
    filled = "".join(
        f'<path class="{"co" if is_above else "cf"}" fill-opacity=".6" {plot.across} d="{data}"/>'
        for is_above, data in areas.items()
        if data
    )
    return (
        f'{filled}<path class="ln" fill="none" stroke-width="1.5" stroke-linejoin="round" '
        f'd="{line_}"/>'
    )


def _sides(
    points: Sequence[tuple[float, float]], zero: float
) -> list[tuple[bool, list[tuple[float, float]]]]:
    """Cut a line where it crosses zero into areas above and below; y grows downwards."""
    found: list[tuple[bool, list[tuple[float, float]]]] = []
    at, side = [(points[0][0], zero), points[0]], points[0][1] <= zero
    for (x1, y1), (x2, y2) in pairwise(points):
        if (y2 <= zero) != side:
            cross = (x1 + (x2 - x1) * (zero - y1) / (y2 - y1), zero)
            found.append((side, [*at, cross]))
            at, side = [cross], not side
        at.append((x2, y2))
    found.append((side, [*at, (points[-1][0], zero)]))
    return found


def _density(months: Sequence[Month], plot: _Plot, base: float) -> str:
    """Draw how many events each month has: how densely the record was kept."""
    inside = [one for one in months if plot.first <= _count(one.month) <= plot.last]
    most = max((one.n_events for one in inside), default=0)
    if not most:
        return ""
    foot = num(base + 14)
    data = "".join(
        f"M{num(plot.x(one.month))} {foot}v-{round(14 * (one.n_events / most) ** 0.5) or 1}"
        for one in inside
        if one.n_events
    )
    return f'<path class="ns" fill="none" stroke-width="1.4" d="{data}"/>'


def _breaks(
    breaks: Sequence[Span], plot: _Plot, y: float, width: float, say: Language
) -> tuple[list[str], list[Box]]:
    """Draw the whiskers of the breaks, and the names of those that find a clear place."""
    parts = []
    boxes: list[Box] = []
    placed = [
        tuple(
            min(max(plot.x(day.replace(day=1)), plot.left), plot.right)
            for day in (one.lower or one.day, one.upper or one.day, one.day)
        )
        for one in breaks
    ]
    # A label keeps clear of every whisker, also of one that is drawn later.
    whiskers = [(x1 - 4, y - 8, x2 + 4, y + 8) for x1, x2, _ in placed]
    for one, (x1, x2, x) in zip(reversed(breaks), reversed(placed), strict=True):
        lower, upper = one.lower or one.day, one.upper or one.day
        is_wide = (upper - lower).days > 4 * 365
        dash = ' stroke-dasharray="4 4"' if is_wide else ""
        parts += [
            line(x1, y, x2, y, "ln", f' stroke-width="2"{dash}'),
            line(x, y - 6, x, y + 6, "ln", ' stroke-width="2"'),
        ]
        key = "figure.break_uncertain" if is_wide else "figure.break"
        words = say(key, month=say.month(one.day))
        wide = svg.width(words)
        # Left of the whisker where there is room, else right of it; none where it meets another.
        for left in (x1 - 8 - wide, x2 + 8):
            box = (left, y - 8, left + wide, y + 8)
            is_inside = plot.left < left and left + wide <= width
            if is_inside and svg.apart(box, [*whiskers, *boxes]):
                parts.append(text(left, y + 4, words, "s"))
                boxes.append(box)
                break
    return parts, boxes


def _labels(
    windows: Sequence[Month], labels: Sequence[Label], plot: _Plot, most: int, least: float
) -> tuple[list[str], list[Box]]:
    """Place labels, the most important first; one that finds no clear place is left out."""
    by_month = {one.month: one for one in windows}
    ys = [(plot.x(one.month), plot.y(one.balance or 0)) for one in windows]
    boxes: list[Box] = []
    leaders: list[Box] = []
    taken: list[tuple[float, bool]] = []
    parts: list[str] = []
    for label in labels:
        one = by_month.get(label.month)
        if one is None or len(taken) >= most:
            continue
        x, y = plot.x(one.month), plot.y(one.balance or 0)
        # A label above the line and one below it cannot meet.
        if any(
            abs(x - other) < (least if side == label.is_above else least / 4)
            for other, side in taken
        ):
            continue
        found = _place(x, y, label, plot, (boxes, leaders), ys)
        if found is None:
            continue
        box, at = found
        boxes.append(box)
        leaders.append(_leader(x, y, box, label.is_above))
        taken.append((x, label.is_above))
        parts += _label(x, y, label, box, at)
    return parts, boxes


def _place(
    x: float,
    y: float,
    label: Label,
    plot: _Plot,
    taken: tuple[Sequence[Box], Sequence[Box]],
    curve: Sequence[tuple[float, float]],
) -> tuple[Box, float] | None:
    boxes, leaders = taken
    wide = svg.width(label.words, bold=True)
    left = min(max(x - wide / 2, plot.left), plot.right - wide)
    near = [one for px, one in curve if left - 2 <= px <= left + wide + 2] or [y]
    way = -1 if label.is_above else 1
    edge = (min(near) if label.is_above else max(near)) + way * 8
    for tier in range(_TIERS):
        base = edge + way * tier * _LEADER + (0 if label.is_above else 10)
        box = (left, base - 11, left + wide, base + 3)
        if box[1] < 0 or box[3] > plot.bottom - 1:
            continue
        # No label stands on another or on its leader, and no leader crosses a label.
        if (
            svg.apart(box, boxes, gap=4)
            and svg.apart(box, leaders)
            and svg.apart(_leader(x, y, box, label.is_above), boxes)
        ):
            return box, base
    return None


def _leader(x: float, y: float, box: Box, is_above: bool) -> Box:
    """Return what a line from a place to its label covers."""
    end = box[3] + 1 if is_above else box[1] - 1
    return x - 1, min(y, end), x + 1, max(y, end)


def _label(x: float, y: float, label: Label, box: Box, base: float) -> list[str]:
    end = box[3] + 1 if label.is_above else box[1] - 1
    parts = []
    if abs(end - y) > 9:
        parts.append(line(x, y, x, end, "ns"))
    return [*parts, dot(x, y, 3.5, "pg ln", ' stroke-width="1.6"'),
            text(box[0], base, label.words, "b h")]  # fmt: skip
