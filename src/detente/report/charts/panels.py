"""Small charts: bars by year, what moved a balance, the odds of a month, who is close to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, cos, pi, sin

from detente.report.charts import svg
from detente.report.charts.svg import Drawing, line, num, rect, text
from detente.report.language import MINUS, Language


@dataclass(frozen=True)
class Panel:
    """Bars of one panel: by year what goes up and what goes down, both positive."""

    title: str
    up: Mapping[int, float]
    down: Mapping[int, float]
    up_class: str = "co"
    down_class: str = "cf"


def years(
    name: str,
    panels: Sequence[Panel],
    span: tuple[int, int],
    size: tuple[float, float],
    columns: int,
    title: str,
    alt: str,
) -> Drawing:
    """Return panels of bars by year on one scale, in so many columns."""
    width, height = size
    gap = 26.0
    wide = (width - gap * (columns - 1)) / columns
    rows = -(-len(panels) // columns)
    high = (height - 4) / rows
    top = max((v for one in panels for v in one.up.values()), default=0.0)
    low = max((v for one in panels for v in one.down.values()), default=0.0)
    parts = [
        _panel(
            one, span, (top, low), ((place % columns) * (wide + gap), (place // columns) * high),
            (wide, high),
        )
        for place, one in enumerate(panels)
    ]  # fmt: skip
    return Drawing(name, width, height, "".join(parts), title, alt)


def _panel(
    panel: Panel,
    span: tuple[int, int],
    reach: tuple[float, float],
    corner: tuple[float, float],
    size: tuple[float, float],
) -> str:
    (left, top), (wide, high) = corner, size
    is_signed = reach[1] > 0  # mere numbers of events only go up
    inner = high - 54
    total = (reach[0] + reach[1]) or 1.0
    zero = top + 26 + inner * reach[0] / total
    n = span[1] - span[0] + 1
    right = left + wide - 38
    step = (right - left) / n
    bar = max(step * 0.72, 1.0)
    parts = [text(left, top + 14, panel.title, "b")]
    for value, y in ((reach[0], zero - inner * reach[0] / total),
                     (-reach[1], zero + inner * reach[1] / total)):  # fmt: skip
        if abs(value) * inner / total > 14:
            parts.append(line(left, y, right, y, "g"))
            sign = "" if not is_signed else "+" if value > 0 else MINUS
            parts.append(text(right + 4, y + 4, f"{sign}{abs(value):,.0f}", "s"))
    for colours, bars, way in ((panel.up_class, panel.up, -1), (panel.down_class, panel.down, 1)):
        data = ""
        for year, value in sorted(bars.items()):
            tall = inner * value / total
            if tall > 0.05:
                x = left + (year - span[0]) * step
                data += f"M{num(x)} {num(zero)}v{num(way * tall)}h{num(bar)}v{num(-way * tall)}z"
        if data:
            parts.append(f'<path class="{colours}" d="{data}"/>')
    parts.append(line(left, zero, right, zero, "z"))
    named = svg.year_ticks(span[0], span[1], right - left)
    parts += [
        text(left + (year - span[0] + 0.5) * step, top + high - 8, str(year), "s", anchor="middle")
        for year in named
        if 16 <= (year - span[0] + 0.5) * step <= right - left + 10
    ]
    return "".join(parts)


def moved(
    rows: Sequence[tuple[str, float]], say: Language, size: float, title: str, alt: str
) -> Drawing:
    """Return what moved a balance: one bar a kind, from zero to the left or right."""
    reach = max((abs(value) for _, value in rows), default=1.0) or 1.0
    left = max((svg.width(name, bold=True) for name, _ in rows), default=0.0) + 14
    room = (size - left) / 2 - 48
    zero = left + 48 + room
    parts = []
    for place, (name, value) in enumerate(rows):
        y = 6.0 + 28 * place
        wide = room * abs(value) / reach
        parts += [
            text(0, y + 14, name, "b"),
            rect(zero if value > 0 else zero - wide, y + 2, wide, 16, "co" if value > 0 else "cf"),
            text(
                zero + wide + 6 if value >= 0 else zero - wide - 6,
                y + 14.5,
                say.plus_points(value),
                "cot b" if value > 0 else "cft b",
                anchor="" if value >= 0 else "end",
            ),
        ]
    height = 12.0 + 28 * len(rows)
    parts.append(line(zero, 2, zero, height - 4, "z"))
    return Drawing("moved", size, height, "".join(parts), title, alt)


def odds(
    shares: tuple[float, float, float],
    size: tuple[float, float],
    title: str,
    alt: str,
    is_forecast: bool = False,
) -> Drawing:
    """Return the odds of conflict, nothing and cooperation as one bar of 100%."""
    width, height = size
    parts, at, below = [], 0.0, []
    whole = to_hundred(shares)
    for share, colour in zip(whole, ("cf", "n", "co"), strict=True):
        wide = width * share / 100
        parts.append(rect(at, 0, max(wide - 1.5, 0.5), 24, colour))
        words = f"{share_words(share, is_forecast)}%"
        if wide > svg.width(words, bold=True) + 10:
            parts.append(text(at + wide / 2, 17, words, "w b", anchor="middle"))
        elif share:
            below.append((at + wide / 2, words))
        at += wide
    parts += [
        text(place, 38, words, "s", anchor="middle")
        for place, (_, words) in zip(_spread_apart(below, width), below, strict=True)
    ]
    return Drawing("odds", width, height, "".join(parts), title, alt)


def _spread_apart(labels: Sequence[tuple[float, str]], width: float) -> list[float]:
    """Return the middles of labels in a row, moved as far as they must to stand side by side."""
    half = [svg.width(words) / 2 + 3 for _, words in labels]
    places: list[float] = []
    for (middle, _), own in zip(labels, half, strict=True):
        left = places[-1] + half[len(places) - 1] + own if places else own
        places.append(max(middle, left))
    limit = width
    for n in reversed(range(len(places))):
        places[n] = min(places[n], limit - half[n])
        limit = places[n] - half[n]
    return places


def to_hundred(shares: Sequence[float]) -> list[int]:
    """Round shares to whole per cent that add up to 100 (largest remainder)."""
    raw = [100 * one / (sum(shares) or 1.0) for one in shares]
    whole = [int(one) for one in raw]
    for place in sorted(range(len(raw)), key=lambda n: whole[n] - raw[n])[: 100 - sum(whole)]:
        whole[place] += 1
    return whole


def share_words(share: int, is_forecast: bool) -> str:
    """Write a whole per cent; a forecast is never sure: `<1`, `>99`."""
    return {0: "<1", 100: ">99"}.get(share, str(share)) if is_forecast else str(share)


def rank(share: float, size: tuple[float, float], title: str, alt: str) -> Drawing:
    """Return where a balance stands between the worst and the best of its own history."""
    width, height = size
    at = 4 + (width - 8) * share
    parts = [
        '<defs><linearGradient id="@-g"><stop offset="0" class="gf"/><stop offset=".5" class="gn"/>'
        '<stop offset="1" class="gc"/></linearGradient></defs>',
        f'<rect x="0" y="8" width="{num(width)}" height="10" fill="url(#@-g)"/>',
        rect(at - 4, 2, 8, 22, "pg"),
        rect(at - 2, 2, 4, 22, "i"),
    ]
    return Drawing("rank", width, height, "".join(parts), title, alt)


_MOST_NAMES = 8


@dataclass(frozen=True)
class Edge:
    """A pair of a network: both ends, the balance, and whether its interval holds zero."""

    one: str
    two: str
    value: float
    is_clear: bool


def network(
    nodes: Sequence[tuple[str, str]], edges: Sequence[Edge], size: float, title: str, alt: str
) -> Drawing:
    """Return who is close to whom: states on a circle, a line a pair.

    Parameters
    ----------
    nodes
        Codes with names, in the order in which they stand on the circle. Few states go by their
        names, more by their codes.
    """
    middle, radius = size / 2, size / 2 - 24
    shown = {code: name if len(nodes) <= _MOST_NAMES else code for code, name in nodes}
    half = {code: svg.width(words, bold=True) / 2 + 11 for code, words in shown.items()}
    places = {}
    for n, (code, _) in enumerate(nodes):
        x = middle + radius * sin(2 * pi * n / len(nodes))
        y = radius * 0.92 * (1 - cos(2 * pi * n / len(nodes))) + 17
        places[code] = (min(max(x, half[code] + 1), size - half[code] - 1), y)
    largest = max((abs(one.value) for one in edges), default=1.0) or 1.0
    parts = []
    for one in sorted(edges, key=lambda edge: (edge.is_clear, abs(edge.value))):
        (x1, y1), (x2, y2) = places[one.one], places[one.two]
        thick = 1.0 + 10.0 * abs(one.value) / largest
        colour = ("cos" if one.value > 0 else "cfs") if one.is_clear else "ns"
        dash = f' stroke-dasharray="{num(thick * 0.9)} {num(thick * 0.55)}"'
        extra = f' stroke-width="{num(thick)}"' + (dash if one.is_clear and one.value < 0 else "")
        parts.append(line(x1, y1, x2, y2, colour, extra if one.is_clear else ' stroke-width="1.2"'))
    for code, _ in nodes:
        x, y = places[code]
        parts += [
            rect(x - half[code], y - 15, 2 * half[code], 30, "pg ln",
                 ' rx="15" stroke-width="1.6"'),
            text(x, y + 4.5, shown[code], "b", anchor="middle"),
        ]  # fmt: skip
    bottom = max((y for _, y in places.values()), default=size / 2) + 18
    return Drawing("network", size, bottom, "".join(parts), title, alt)


def matrix(
    nodes: Sequence[tuple[str, str]], edges: Sequence[Edge], title: str, alt: str
) -> Drawing:
    """Return who is close to whom where the states are too many for a network: a square a pair."""
    side = max(14.0, min(30.0, 460.0 / len(nodes)))
    left, top = 40.0, 40.0
    place = {code: n for n, (code, _) in enumerate(nodes)}
    largest = max((abs(one.value) for one in edges), default=1.0) or 1.0
    parts = []
    for code, n in place.items():
        at = top + (n + 0.5) * side
        parts.append(text(left - 6, at + 4.5, code, "s", anchor="end"))
        parts.append(
            f'<text class="s" transform="translate({num(left + (n + 0.5) * side + 4)} '
            f'{num(top - 6)}) rotate(-60)">{code}</text>'
        )
    for one in edges:
        i, j = sorted((place[one.one], place[one.two]))
        colour = ("co" if one.value > 0 else "cf") if one.is_clear else "n"
        inner = (side - 2) * max((abs(one.value) / largest) ** 0.5, 0.12)
        shift = (side - inner) / 2
        for row, column in ((i, j), (j, i)):
            x, y = left + column * side + shift, top + row * side + shift
            if colour == "cf":  # a second cue besides the colour: a diamond
                half = inner / 2
                parts.append(
                    f'<path class="cf" d="M{num(x + half)} {num(y)}l{num(half)} {num(half)}'
                    f'-{num(half)} {num(half)}-{num(half)}-{num(half)}z"/>'
                )
            else:
                parts.append(rect(x, y, inner, inner, colour))
    size = left + side * len(nodes) + 30
    return Drawing("network", size, size, "".join(parts), title, alt)


def grid(
    name: str,
    years: Mapping[int, Sequence[int | None]],
    months: Sequence[str],
    title: str,
    alt: str,
) -> Drawing:
    """Return how many events each month has: a row a year, the darker the more.

    A month outside the coverage stays empty; one without an event is a frame.
    """
    left, top, wide, high = 46.0, 22.0, 58.0, 22.0
    most = max((n or 0 for row in years.values() for n in row), default=0) or 1
    parts = [
        text(left + (place + 0.5) * wide, 14, month, "s", anchor="middle")
        for place, month in enumerate(months)
    ]
    squares: dict[int, str] = {}
    words = ""
    for row, (year, counts) in enumerate(years.items()):
        y = top + row * high
        parts.append(text(0, y + 15, str(year), "s"))
        for place, n in enumerate(counts):
            if n is None:
                continue
            x = left + place * wide
            level = ceil(5 * (n / most) ** 0.5)
            square = f"M{num(x + 1)} {num(y + 1)}h{num(wide - 2)}v{num(high - 2)}h-{num(wide - 2)}z"
            squares[level] = squares.get(level, "") + square
            words += f'<text x="{num(x + wide / 2)}" y="{num(y + 15.5)}">{n}</text>'
    for level, data in sorted(squares.items()):
        shade = "g" if not level else "n"
        extra = ' fill="none"' if not level else f' fill-opacity="{0.14 + 0.12 * level:.2f}"'
        parts.append(f'<path class="{shade}" d="{data}"{extra}/>')
    parts.append(f'<g text-anchor="middle">{words}</g>')
    size = (left + 12 * wide + 4, top + high * len(years) + 4)
    return Drawing(name, *size, "".join(parts), title, alt)
