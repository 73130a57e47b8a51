"""Net score year by year: who acts how upon whom, and several dyads side by side."""

from __future__ import annotations

import altair as alt
import pandas as pd

from detente.report.charts.style import (
    CONFLICT,
    COOPERATION,
    WIDTH,
    Spec,
    Tables,
    by_year,
    finish,
    utc,
    whole_and_part,
    year_axis,
    zero_rule,
)
from detente.report.language import Language
from detente.report.model import DyadReport

_COLOURS = [COOPERATION, CONFLICT, "#000000"]


def directed_years(report: DyadReport, say: Language) -> Spec:
    """Net score a year in each direction: who acts how upon whom."""
    dashes = [[1, 0], [5, 3]]
    return _year_lines(report.directed_years, "way", say("chart.direction"), dashes, 150, say)


def years_of(frame: pd.DataFrame, say: Language) -> Spec:
    """Net score a year of several dyads as lines; shapes and dashes tell them apart in grey."""
    dashes = [[1, 0], [6, 3], [2, 2]]
    return _year_lines(frame, "dyad", say("chart.dyad"), dashes, 170, say)


def _year_lines(
    frame: pd.DataFrame, by: str, title: str, dashes: list[list[int]], height: int, say: Language
) -> Spec:
    """Return a line for each value of the column `by`."""
    years = by_year(frame, say)[["day", "told", by, "net", "n_events", "is_complete"]]
    tables = Tables()
    names = list(dict.fromkeys(years[by]))
    legend = alt.Legend(orient="top", symbolType="stroke", symbolStrokeWidth=2, symbolSize=300)
    colour = alt.Scale(domain=names, range=_COLOURS[: len(names)])
    dash = alt.Scale(domain=names, range=dashes[: len(names)])
    base = alt.Chart(tables.add(years), width=WIDTH, height=height).encode(
        x=alt.X("day:T", axis=year_axis(), **utc()),
        y=alt.Y("net:Q", title=say("chart.net_year")),
        color=alt.Color(f"{by}:N", title=None, scale=colour, legend=legend),
        tooltip=[
            alt.Tooltip(f"{by}:N", title=title),
            alt.Tooltip("told:N", title=say("chart.year")),
            alt.Tooltip("net:Q", title=say("chart.net_score"), format=".1f"),
            alt.Tooltip("n_events:Q", title=say("chart.acts")),
        ],
    )
    whole = base.mark_line(point=alt.OverlayMarkDef(size=22)).encode(
        strokeDash=alt.StrokeDash(f"{by}:N", title=None, scale=dash, legend=legend)
    )
    part = base.mark_point(filled=False, size=32, strokeWidth=1.4)
    return finish(alt.layer(zero_rule(), *whole_and_part(years, whole, part)), tables)
