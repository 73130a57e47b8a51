"""The charts of a pair in their frame: the claim, the unit, the data and a source."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import Any

from detente.base.control_characters import no_formula
from detente.report.charts import balance as drawn
from detente.report.charts import panels
from detente.report.charts.balance import Span
from detente.report.charts.svg import Drawing
from detente.report.language import Language, with_minus
from detente.report.model.events import Sum, name_of
from detente.report.model.pair_results import Outlook
from detente.report.model.pairs import Pair
from detente.report.pages import chart_labels, verdict_sentences
from detente.report.pages.verdict_sentences import extremes, upper_first
from detente.sources import written

PHONE = 358.0  # pixels of a drawing for a narrow page


@dataclass(frozen=True)
class Figure:
    """A chart in its frame.

    Attributes
    ----------
    slug, name
        Of the page and of the chart; together the name of its files.
    title, what
        The claim, and the measure with its unit and span.
    source
        The line under the chart.
    unit
        Of the numbers, for the file that describes them.
    wide, phone
        Drawings for a wide page and, where it needs another, for a narrow one.
    columns, rows
        What is drawn, as a table.
    note
        What a strip under the chart shows.
    """

    slug: str
    name: str
    title: str
    what: str
    source: str
    unit: str
    wide: Drawing
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    phone: Drawing | None = None
    note: str = ""

    @property
    def stem(self) -> str:
        """Name of its files without the suffix."""
        return f"{self.slug}-{self.name}"

    @property
    def cells(self) -> list[list[str]]:
        """The rows as a page shows them: the numbers of a column to the same decimal."""
        columns = zip(*self.rows, strict=True) if self.rows else ()
        return [list(row) for row in zip(*map(_shown, columns), strict=True)]

    def csv(self) -> str:
        """Return the data as CSV: days in ISO 8601, numbers to six digits, nothing for None."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([[_exact(value) for value in row] for row in self.rows])
        return text.getvalue()

    def alone(self) -> str:
        """Return the drawing with its claim and source, to stand alone."""
        return self.wide.svg("a", True, f"{self.title}\n{self.what}", self.source)


def _exact(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, str):
        return no_formula(value)
    return value.isoformat() if isinstance(value, date) else value


_TENS, _FEW_UNITS = 10.0, 0.1


def _shown(column: Sequence[Any]) -> list[str]:
    """Write a column for readers: true minus signs, months without a day, one precision."""
    numbers = [abs(one) for one in column if isinstance(one, float) and isfinite(one)]
    most = max(numbers, default=0.0)
    places = 1 if most >= _TENS else 2 if most >= _FEW_UNITS else 4
    is_monthly = all(one.day == 1 for one in column if isinstance(one, date))
    found = []
    for one in column:
        if isinstance(one, float):
            found.append(with_minus(f"{round(one, places) + 0.0:.{places}f}"))
        elif isinstance(one, date) and is_monthly:
            found.append(f"{one:%Y-%m}")
        else:
            found.append(str(_exact(one)))
    return found


def source(pair: Pair, say: Language) -> str:
    """Return the line that names the source of a chart."""
    series = pair.series
    name = say("figure.source_records") if series.is_of_records else written(series.source)
    return say("figure.source", source=name)


def title_of(pair: Pair, say: Language) -> str:
    """Return the two names with a dash."""
    return say("format.dash", first=pair.actor1.name, second=pair.actor2.name)


def figures(pair: Pair, say: Language) -> dict[str, Figure]:
    """Return the charts of a pair by name; those with nothing to show are left out."""
    if pair.verdict is None:
        return {}
    found = [hero(pair, say), moved(pair, say), directed(pair, say), act_counts(pair, say)]
    if pair.outlook:
        found.append(odds(pair, pair.outlook, say))
    return {one.name: one for one in found if one is not None}


def hero(pair: Pair, say: Language) -> Figure:
    """Return the chart of the balance."""
    low, high = extremes(pair.months)
    windows = [one for one in pair.months if one.balance is not None]
    verdict = verdict_sentences.lower_first(verdict_sentences.headline(pair, say))
    title = say("figure.balance_claim", pair=title_of(pair, say), verdict=verdict)
    alt = say(
        "figure.balance_alt",
        first=say.month(windows[0].month),
        last=say.month(windows[-1].month),
        low=say.points(low.balance or 0),
        low_month=say.month(low.month),
        high=say.points(high.balance or 0),
        high_month=say.month(high.month),
        now=say.points(windows[-1].balance or 0),
    )
    labels = chart_labels.labels(pair.months, pair.events, say)
    breaks = [Span(one.day, one.lower, one.upper) for one in pair.breaks]
    what = "figure.balance_what_1k" if pair.series.per_1k else "figure.balance_what"
    return Figure(
        pair.slug,
        "balance",
        title,
        say(what),
        source(pair, say),
        "points per 1,000 events" if pair.series.per_1k else "points",
        drawn.hero(pair.months, labels, say, title, alt, breaks=breaks),
        (
            "month", "net_12m", "lo95", "hi95", "share_lower", "n_events_12m", "net", "n_events",
            "complete",
        ),
        tuple(
            (
                one.month, one.balance, one.lo, one.hi, one.share_lower,
                None if one.balance is None else one.n_window,
                one.net if one.is_known else None, one.n_events if one.is_known else None,
                one.is_complete,
            )
            for one in pair.months
        ),
        phone=drawn.hero(
            pair.months, labels, say, title, alt, (PHONE, 270.0), breaks, most=4
        ),
        note=" ".join(
            (
                say("figure.strip_breaks" if breaks else "figure.strip",
                    n=say.count(pair.n_events)),
                verdict_sentences.unknown(pair, say),
            )
        ).strip(),
    )  # fmt: skip


def moved_what(pair: Pair, say: Language) -> str:
    """Return the unit and span of what the balance is made of."""
    key = "figure.moved_what_1k" if pair.series.per_1k else "figure.moved_what"
    return say(key, month=say.month(pair.window[1]))


def moved(pair: Pair, say: Language) -> Figure | None:
    """Return what the balance is made of, by kind."""
    rows = [(upper_first(name_of(one.kind, say)), one.points) for one in pair.kinds]
    if not rows:
        return None
    listed = say.listed([f"{name} {say.plus_points(value)}" for name, value in rows])
    title = say("figure.moved_title")
    return Figure(
        pair.slug,
        "moved",
        f"{title_of(pair, say)}: {title[:1].lower()}{title[1:]}",
        moved_what(pair, say),
        source(pair, say),
        "points",
        panels.moved(rows, say, 640.0, title, say("figure.moved_alt", list=listed)),
        ("kind", "points", "n_events"),
        tuple((one.kind or "other", one.points, one.n) for one in pair.kinds),
    )


def directed(pair: Pair, say: Language) -> Figure | None:
    """Return the points a year of acts in which one side alone acts, by who acts."""
    if pair.series.names_sides_alone:
        return None
    span, known = _years(pair), _known_years(pair)
    # What was recorded of a month of which nothing can be known is in no sum.
    months = {one.month for one in pair.months if one.is_known}
    sums = [one for one in pair.sums if one.month in months]
    ways = []
    for side, first, second in (
        ("1", pair.actor1, pair.actor2),
        ("2", pair.actor2, pair.actor1),
    ):
        up, down = _by_year([one for one in sums if one.who == side], span)
        ways.append((say("pair.towards", first=first.name, second=second.name), up, down))
    if not any(up or down for _, up, down in ways):
        return None
    title = say("figure.directed_title")
    rows = [
        (year, name, round(up.get(year, 0.0), 1), round(-down.get(year, 0.0), 1))
        if year in known
        else (year, name, None, None)
        for name, up, down in ways
        for year in range(span[0], span[1] + 1)
    ]
    drawings = [
        panels.years(
            "directed", [panels.Panel(*way) for way in ways], span, size, columns, title,
            say("figure.directed_alt"),
        )
        for size, columns in (((546.0, 190.0), 2), ((PHONE, 320.0), 1))
    ]  # fmt: skip
    return Figure(
        pair.slug,
        "directed",
        f"{title_of(pair, say)}: {title[:1].lower()}{title[1:]}",
        say("figure.directed_what"),
        source(pair, say),
        "points",
        drawings[0],
        ("year", "direction", "cooperation", "conflict"),
        tuple(rows),
        phone=drawings[1],
        note=_years_note(pair, span, say),
    )


_CLASSES = ("quad1", "quad2", "quad3", "quad4")


def _counts(pair: Pair) -> dict[str, dict[int, float]]:
    """Return the number of acts of each class by year, of the years that the charts show."""
    span = _years(pair)
    return {
        name: {
            row[0]: float(row[place])
            for row in pair.quads
            if row[place] and span[0] <= row[0] <= span[1]
        }
        for place, name in enumerate(_CLASSES, start=1)
    }


def one_class(pair: Pair, say: Language) -> str:
    """Return a sentence where all acts are of one class, which leaves nothing to compare."""
    span, present = _years(pair), [name for name, years in _counts(pair).items() if years]
    if len(present) != 1:
        return ""
    key = "figure.one_class" if span[0] < span[1] else "figure.one_class_year"
    name = verdict_sentences.lower_first(say(f"pair.{present[0]}"))
    return say(key, kind=name, first=span[0], last=span[1])


def act_counts(pair: Pair, say: Language) -> Figure | None:
    """Return how many acts of each class a year has; of one class alone there is no chart."""
    span, classes, counts = _years(pair), _CLASSES, _counts(pair)
    known = _known_years(pair)
    if sum(map(bool, counts.values())) < 2:
        return None
    title = say("figure.deeds_title")
    parts = [
        panels.Panel(say(f"pair.{name}"), counts[name], {}, "co" if place < 2 else "cf")
        for place, name in enumerate(classes)
    ]
    drawings = [
        panels.years("deeds", parts, span, size, columns, title, say("figure.deeds_alt"))
        for size, columns in (((546.0, 230.0), 2), ((PHONE, 230.0), 2))
    ]
    return Figure(
        pair.slug,
        "deeds",
        f"{title_of(pair, say)}: {title[:1].lower()}{title[1:]}",
        say("figure.deeds_what"),
        source(pair, say),
        "acts",
        drawings[0],
        ("year", *(say(f"pair.{name}") for name in classes)),
        tuple(
            (year, *(int(counts[name].get(year, 0)) if year in known else None for name in classes))
            for year in range(span[0], span[1] + 1)
        ),
        phone=drawings[1],
        note=_years_note(pair, span, say),
    )


def odds(pair: Pair, outlook: Outlook, say: Language) -> Figure:
    """Return how often conflict, nothing or cooperation prevails in a month."""
    shares = (outlook.conflict, outlook.nothing, outlook.cooperation)
    alt = say(
        "figure.odds_alt",
        **{
            name: panels.share_words(share, outlook.is_forecast)
            for name, share in zip(
                ("conflict", "nothing", "cooperation"), panels.to_hundred(shares), strict=True
            )
        },
    )
    title = say("figure.odds_title")
    if outlook.month:
        title = say("figure.odds_next_title", month=say.month(outlook.month))
    return Figure(
        pair.slug,
        "odds",
        f"{title_of(pair, say)}: {title[:1].lower()}{title[1:]}",
        say("figure.odds_next_what") if outlook.is_forecast else say("figure.odds_what"),
        source(pair, say),
        "probability" if outlook.is_forecast else "share of months",
        panels.odds(shares, (262.0, 42.0), title, alt, outlook.is_forecast),
        ("conflict", "nothing", "cooperation"),
        (tuple(round(one, 4) for one in shares),),
    )


def _years(pair: Pair) -> tuple[int, int]:
    """Return the first and the last whole year; of a record without one, its years."""
    began, last = pair.months[0].month, pair.window[1]
    first = began.year if began.month == 1 else began.year + 1
    end = last.year if last.month == 12 else last.year - 1
    return (first, end) if first <= end else (began.year, last.year)


def _known_years(pair: Pair) -> set[int]:
    """Return the years of which some month is known."""
    return {one.month.year for one in pair.months if one.is_known}


def _years_note(pair: Pair, span: tuple[int, int], say: Language) -> str:
    """Name the years of a chart of which not every month is known."""
    short = {one.month.year for one in pair.months if not one.is_complete}
    years = sorted(year for year in short if span[0] <= year <= span[1])
    if not years:
        return ""
    return say("figure.years_in_part", years=say.listed(list(map(str, years))))


def _by_year(
    ones: Sequence[Sum], span: tuple[int, int]
) -> tuple[dict[int, float], dict[int, float]]:
    up: dict[int, float] = {}
    down: dict[int, float] = {}
    for one in ones:
        year = one.month.year
        if span[0] <= year <= span[1]:
            up[year] = up.get(year, 0.0) + one.up
            down[year] = down.get(year, 0.0) - one.down
    kept = [{year: value for year, value in side.items() if value} for side in (up, down)]
    return kept[0], kept[1]
