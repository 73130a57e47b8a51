"""The parts of a chart, as text of SVG: the same drawing stands in the page, the PDF and a file.

A drawing names its colours by class. A page gives the classes their colours (light, dark, forced);
a drawing that stands alone carries the light ones.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import ceil, floor, log10
from xml.sax.saxutils import escape, quoteattr, unescape

from detente.base import assets

# A name with a digit must be quoted, or the whole list counts for nothing and a PNG has no words.
FONT = "Detente Sans, Detente Hangul, 'Source Sans 3', Segoe UI, Helvetica, Arial, sans-serif"
SIZE = 13.0  # of text, in pixels; none is under 12.5

# Colours of the classes, where a drawing stands alone.
_ALONE = (
    "text{fill:#16202a}.s{fill:#54606b}.b{font-weight:600}.g{stroke:#d5dade}.z{stroke:#7a848d}"
    ".co{fill:#1f6fa8}.cf{fill:#c2570c}.cot{fill:#1b5f91}.cft{fill:#a14608}.cos{stroke:#1f6fa8}"
    ".cfs{stroke:#c2570c}.n{fill:#7a848d}.ns{stroke:#7a848d}.bd{fill:#7a848d;fill-opacity:.24}"
    ".ln{stroke:#16202a}.i{fill:#16202a}.pg{fill:#fff}.hl{fill:#f5f6f7}.w{fill:#fff}"
    ".h{paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}"
    ".gf{stop-color:#c2570c}.gn{stop-color:#d5dade}.gc{stop-color:#1f6fa8}"
)


@dataclass(frozen=True)
class Drawing:
    """A chart without its frame.

    Attributes
    ----------
    name
        Of the chart in files and on pages, such as `balance`.
    width, height
        In pixels.
    body
        The elements of the SVG.
    title, alt
        What the chart is, and what it shows, for those who cannot see it.
    boxes
        Where its labels stand: left, top, right, bottom. No two overlap.
    """

    name: str
    width: float
    height: float
    body: str
    title: str
    alt: str
    boxes: tuple[Box, ...] = ()

    def svg(
        self,
        key: str,
        alone: bool = False,
        head: str = "",
        foot: str = "",
        is_framed: bool = False,
    ) -> str:
        """Return the SVG.

        Parameters
        ----------
        key
            Goes before every id, which must be unique on a page.
        alone
            Whether it carries its own colours and font.
        head, foot
            The claim above a chart that stands alone, and the source below it.
        is_framed
            Whether it stands in a page that lacks the fonts: its words keep their width there.
        """
        top, bottom = (54.0 if head else 0.0), (30.0 if foot else 0.0)
        width, height = num(self.width), num(self.height + top + bottom)
        body = self.body.replace("@", key)
        frame = ""
        if alone or is_framed:
            body = _kept_wide(body)
        if alone:
            frame = f"<style>{_ALONE}</style>"
        if head or foot:
            pad, (claim, _, what) = 12.0, head.partition("\n")
            wide = self.width + 2 * pad
            body = (
                f'<rect class="pg" width="{num(wide)}" height="{height}"/>'
                + text(pad, 24, claim, "b", size=17)
                + text(pad, 43, what, "s", size=14)
                + f'<g transform="translate({num(pad)} {num(top)})">{body}</g>'
                + text(pad, self.height + top + 20, foot, "s", size=12.5)
            )
            width = num(wide)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img" aria-labelledby="{key}-t {key}-d" '
            f"font-size={quoteattr(num(SIZE))} "
            f"font-family={quoteattr(FONT if alone else 'inherit')}>"
            f'<title id="{key}-t">{escape(self.title)}</title>'
            f'<desc id="{key}-d">{escape(self.alt)}</desc>{frame}{body}</svg>'
        )

    def bare(self) -> str:
        """Return the drawing for a cell whose words say the same: hidden from screen readers."""
        width, height = num(self.width), num(self.height)
        return (
            f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'aria-hidden="true">{self.body}</svg>'
        )


Box = tuple[float, float, float, float]
Scale = Callable[[float], float]


def num(value: float) -> str:
    """Write a coordinate: one decimal, none where it is whole."""
    written = f"{value:.1f}"
    written = written[:-2] if written.endswith(".0") else written
    return "0" if written == "-0" else written


def text(
    x: float, y: float, words: str, classes: str = "", anchor: str = "", size: float = SIZE
) -> str:
    """Return a line of text; `anchor` is `middle` or `end`."""
    extra = f' class="{classes}"' if classes else ""
    if anchor:
        extra += f' text-anchor="{anchor}"'
    if size != SIZE:
        extra += f' font-size="{num(size)}"'
    return f'<text x="{num(x)}" y="{num(y)}"{extra}>{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, classes: str, extra: str = "") -> str:
    """Return a straight line in the style of some classes; coordinates in points of the drawing."""
    return f'<path class="{classes}" fill="none" d="{stroke(x1, y1, x2, y2)}"{extra}/>'


def stroke(x1: float, y1: float, x2: float, y2: float) -> str:
    """Return the data of a path along a straight line; several may follow each other in a path."""
    start, across, along = f"M{num(x1)} {num(y1)}", num(x2), num(y2)
    if along == num(y1):
        return f"{start}H{across}"
    return f"{start}V{along}" if across == num(x1) else f"{start}L{across} {along}"


_LONG = 8  # letters; what is shorter has room in any font
_WORDS = re.compile(r"<text ([^>]*)>([^<]+)</text>")


def _kept_wide(body: str) -> str:
    """Give words the width by which they were placed, whatever font shows them."""

    def with_length(found: re.Match[str]) -> str:
        if len(found[2]) < _LONG:
            return found[0]
        size = re.search(r'font-size="([\d.]+)"', found[1])
        is_bold = re.search(r'class="(?:[^"]* )?b[ "]', found[1]) is not None
        wide = width(unescape(found[2]), float(size[1]) if size else SIZE, is_bold)
        kept = f' textLength="{num(wide)}" lengthAdjust="spacingAndGlyphs"'
        return f"<text {found[1]}{kept}>{found[2]}</text>"

    return _WORDS.sub(with_length, body)


def rect(x: float, y: float, width: float, height: float, classes: str, extra: str = "") -> str:
    """Return a rectangle; nothing where it has no extent."""
    if width <= 0 or height <= 0:
        return ""
    return (
        f'<rect class="{classes}" x="{num(x)}" y="{num(y)}" width="{num(width)}" '
        f'height="{num(height)}"{extra}/>'
    )


def dot(x: float, y: float, radius: float, classes: str, extra: str = "") -> str:
    """Return a filled circle; coordinates and radius in points of the drawing."""
    return f'<circle class="{classes}" cx="{num(x)}" cy="{num(y)}" r="{num(radius)}"{extra}/>'


def polyline(points: Sequence[tuple[float, float]], close: bool = False) -> str:
    """Return the data of a path through points, each step relative to the last: half the bytes."""
    if not points:
        return ""
    at = _turns([(round(x, 1), round(y, 1)) for x, y in points])
    steps = [f"{_step(x2 - x1)} {_step(y2 - y1)}" for (x1, y1), (x2, y2) in pairwise(at)]
    start = f"M{num(at[0][0])} {num(at[0][1])}l"
    return (start + " ".join(steps)).replace(" -", "-") + ("z" if close else "")


def _step(value: float) -> str:
    """Write a step of a path, without the zero before a decimal point."""
    return num(value).replace("0.", ".", 1) if abs(value) < 1 else num(value)


def _turns(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Leave out the points inside a level stretch, which the line passes through anyway."""
    inner = zip(points, points[1:], points[2:], strict=False)
    kept = [now for before, now, after in inner if not before[1] == now[1] == after[1]]
    return [points[0], *kept, *points[-1:]] if len(points) > 1 else list(points)


def fitted(words: str, room: float, size: float = SIZE, bold: bool = False) -> str:
    """Return a text cut at a word, with an ellipsis, so that it is no wider than some pixels."""
    if width(words, size, bold) <= room:
        return words
    kept = words
    while kept and width(f"{kept}…", size, bold) > room:
        head, _, _ = kept.rpartition(" ")
        kept = head or kept[:-1]
    return f"{kept.rstrip(' ,;:')}…"


@cache
def _widths() -> dict[str, dict[str, int]]:
    content = (assets.fonts() / "widths.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, int]] = json.loads(content)
    return found


def width(words: str, size: float = SIZE, bold: bool = False) -> float:
    """Return how wide a text is set, in pixels; a letter the font lacks counts as a square."""
    table = _widths()["600" if bold else "400"]
    return sum(table.get(letter, 1000) for letter in words) * size / 1000


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return round values that span a range with zero among them."""
    low, high = min(low, 0.0), max(high, 0.0)
    reach = high - low if high - low > 1e-9 else 1.0
    rough = reach / most
    power = 10.0 ** floor(log10(rough))
    step = next(power * one for one in (1, 2, 2.5, 5, 10) if power * one >= rough * 0.999)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [step * n for n in range(first, max(last, first + 1) + 1)]


def year_ticks(first: int, last: int, pixels: float) -> list[int]:
    """Return the years that an axis names."""
    for step in (1, 2, 5, 10, 20, 25, 50, 100):
        if (last - first + 1) / step * 44 <= pixels:
            return [year for year in range(first, last + 1) if year % step == 0]
    return [first, last]


def apart(box: Box, others: Iterable[Box], gap: float = 2.0) -> bool:
    """Say whether a box keeps clear of others."""
    return all(
        box[2] + gap <= one[0]
        or box[0] - gap >= one[2]
        or box[3] + gap <= one[1]
        or box[1] - gap >= one[3]
        for one in others
    )
