"""The score and the stock by month, and the best and worst months and years."""

from __future__ import annotations

from datetime import date
from functools import partial

import pandas as pd

from detente.report.charts import lines
from detente.report.charts.lines import Point, month_number
from detente.report.language import Language
from detente.report.model.events import Event
from detente.report.model.events import title_of as event_title
from detente.report.model.pairs import Pair
from detente.report.model.results import Results
from detente.report.pages.blocks import Block, Picture, Table, Text
from detente.report.pages.figures import Figure, source


def score(pair: Pair, months: pd.DataFrame | None, say: Language) -> list[Block]:
    """Return the score and the stock by month, where the database has them."""
    found: list[Block] = []
    if months is None:
        return []
    full = months[months["is_complete"].astype(bool)]
    for name in ("stock", "score"):
        rows = full[full[name].notna()]
        if len(rows) < 2:
            continue
        points = [
            Point(month_number(start.date()), float(value))
            for start, value in zip(rows["period_start"], rows[name], strict=True)
        ]
        title = say(f"annex.{name}_title")
        what = say(f"annex.{name}_what")
        draw = partial(lines.curve, name, points, title, what)
        figure = Figure(
            pair.slug, name, title, what, source(pair, say), "points",
            draw(size=(774.0, 160.0)), ("month", name),
            tuple(
                (start.date(), float(value))
                for start, value in zip(rows["period_start"], rows[name], strict=True)
            ),
            draw(size=lines.PHONE),
        )  # fmt: skip
        found += [Picture(figure), Text(say(f"annex.{name}_caveat"), is_soft=True)]
    return found


def extremes(pair: Pair, results: Results, say: Language) -> list[Block]:
    """Return the best and the worst months, and years by each scale."""
    complete = [one for one in pair.months if one.is_complete and one.n_events]
    if not complete:
        return []
    by_month: dict[date, list[Event]] = {}
    for event in pair.events:
        by_month.setdefault(event.month, []).append(event)
    found: list[Block] = []
    for key, sign in (("best", 1), ("worst", -1)):
        ordered = sorted(
            (one for one in complete if one.net * sign > 0), key=lambda one: -one.net * sign
        )[:10]
        rows = []
        for one in ordered:
            same = [event for event in by_month.get(one.month, ()) if event.points * sign > 0]
            weighty = sorted(same, key=lambda event: -abs(event.points))
            rows.append(
                (
                    say.month(one.month), say.plus(one.net), str(one.n_events),
                    "; ".join(event_title(event, say) for event in weighty[:2]),
                )
            )  # fmt: skip
        if rows:
            found.append(
                Table(
                    say(f"annex.{key}_months"),
                    tuple(say(f"annex.{name}") for name in ("month", "points", "events", "what")),
                    tuple(rows),
                    (1, 2),
                    f"{key}-months",
                )
            )
    found += _years(results, say)
    return found


def _years(results: Results, say: Language) -> list[Block]:
    rows = results.of("extreme_year")
    if not rows:
        return []
    scales = list(dict.fromkeys(one["scale"] for one in rows))
    table = []
    for scale in scales:
        own = [one for one in rows if one["scale"] == scale]
        low = sorted(own, key=lambda one: -(one["p_lowest"] or 0))[:3]
        high = sorted(own, key=lambda one: -(one["p_highest"] or 0))[:3]
        table.append(
            (
                _name(str(scale), say),
                *(
                    say.listed(
                        [
                            f"{one['period_start'].year} ({say.percent(one[key])}%)"
                            for one in ones
                            if one[key]
                        ]
                    )
                    for ones, key in ((low, "p_lowest"), (high, "p_highest"))
                ),
            )
        )
    return [
        Text(say("annex.years_lead"), is_soft=True),
        Table(
            say("annex.years"),
            tuple(say(f"annex.{name}") for name in ("scale", "lowest", "highest")),
            tuple(table),
            (),
            "years-by-scale",
        ),
    ]


def _name(scale: str, say: Language) -> str:
    key = f"result.scale.{scale}"
    return say(key) if say.has(key) else scale.replace("_", " ")
