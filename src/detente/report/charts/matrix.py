"""All dyads at once: who stands how with whom, and every dyad year by year."""

from __future__ import annotations

import altair as alt
import pandas as pd

from detente.report.charts.style import (
    CONFLICT,
    COOPERATION,
    NEUTRAL,
    WIDTH,
    Spec,
    Tables,
    by_year,
    finish,
    whole_and_part,
)
from detente.report.language import Language
from detente.report.model import Overview

_PALE = "#f7f7f7"
_DARK = 0.55  # share of the scale past which a cell is dark and its text white


def actor_grid(overview: Overview, say: Language) -> Spec:
    """Relation score of every pair of states as a grid, in numbers and against the pair's past."""
    rows = []
    for one in overview.lines:
        if one.score is None:
            continue
        sides = (one.actor1.name, one.actor2.name)
        change = "" if one.score_change is None else say.plus(one.score_change)
        standing = ""
        if one.place is not None:
            key = "overview.place_high" if one.place.is_high else "overview.place_low"
            standing = say(key, percent=one.place.percent)
        rows += [
            {
                "row": row,
                "column": column,
                "dyad": one.name,
                "score": round(one.score, 3),
                "shown": say.signed(one.score),
                "change": change,
                "standing": standing,
            }
            for row, column in (sides, sides[::-1])
        ]
    names = list(dict.fromkeys(str(row["row"]) for row in rows))
    columns = ["row", "column", "dyad", "score", "shown", "change", "standing"]
    frame = pd.DataFrame(rows, columns=columns)
    x = alt.X(
        "column:N", title=None, sort=names, axis=alt.Axis(orient="top", labelAngle=0, ticks=False)
    )
    y = alt.Y("row:N", title=None, sort=names, axis=alt.Axis(ticks=False))
    tables = Tables()
    base = alt.Chart(tables.add(frame), width=WIDTH - 160, height=alt.Step(58))
    # Small white letters are hard to read on orange, however deep.
    ink = alt.condition(f"datum.score > {9 * _DARK}", alt.value("white"), alt.value("#1c1c1c"))
    cells = base.mark_rect(stroke="white", strokeWidth=2).encode(
        x=x,
        y=y,
        color=alt.Color(
            "score:Q",
            title=say("chart.score"),
            scale=alt.Scale(domain=[-9, 0, 9], range=[CONFLICT, _PALE, COOPERATION]),
            legend=None,
        ),
        tooltip=[
            alt.Tooltip("dyad:N", title=say("chart.dyad")),
            alt.Tooltip("shown:N", title=say("chart.score")),
            alt.Tooltip("change:N", title=say("chart.change")),
            alt.Tooltip("standing:N", title=say("chart.place")),
        ],
    )
    numbers = base.mark_text(fontSize=16, fontWeight="bold", dy=-14).encode(
        x=x, y=y, text="shown:N", color=ink
    )
    changes = base.mark_text(fontSize=11, dy=4).encode(x=x, y=y, text="change:N", color=ink)
    standings = base.mark_text(fontSize=10.5, dy=18).encode(x=x, y=y, text="standing:N", color=ink)
    return finish(alt.layer(cells, numbers, changes, standings), tables)


def dyad_matrix(overview: Overview, say: Language) -> Spec:
    """Net score of every dyad and year as a matrix; a minus marks conflict, so that grey tells.

    A year that the files do not cover whole is a dot.
    """
    columns = ["year", "told", "dyad", "net", "n_events", "is_complete"]
    frame = by_year(overview.years, say)[columns]
    bound = max(float(frame["net"].abs().max()), 1.0)
    order = list(dict.fromkeys(frame["dyad"]))
    x = alt.X("year:O", title=None, axis=alt.Axis(labelAngle=-90))
    y = alt.Y("dyad:N", title=None, sort=order, axis=alt.Axis(labelLimit=260))
    tables = Tables()
    base = alt.Chart(tables.add(frame), width=WIDTH - 190, height=alt.Step(26)).encode(
        x=x,
        y=y,
        tooltip=[
            alt.Tooltip("dyad:N", title=say("chart.dyad")),
            alt.Tooltip("told:N", title=say("chart.year")),
            alt.Tooltip("net:Q", title=say("chart.net_score"), format=".1f"),
            alt.Tooltip("n_events:Q", title=say("chart.acts")),
        ],
    )
    valued = base.encode(
        color=alt.Color(
            "net:Q",
            title=say("chart.net_score"),
            scale=alt.Scale(domain=[-bound, 0, bound], range=[CONFLICT, _PALE, COOPERATION]),
            legend=alt.Legend(orient="top", gradientLength=220),
        )
    )
    cells = valued.mark_rect(stroke="white", strokeWidth=1)
    dots = valued.mark_circle(size=190, opacity=1, stroke=NEUTRAL, strokeWidth=0.7)
    minus = (
        base.transform_filter("datum.net < 0")
        .mark_text(fontSize=11)
        .encode(
            text=alt.value("−"),
            color=alt.condition(
                f"datum.net < {-bound * _DARK}", alt.value("white"), alt.value("#1c1c1c")
            ),
        )
    )
    return finish(alt.layer(*whole_and_part(frame, cells, dots), minus), tables)
