"""Who acts how upon whom, year by year."""

from __future__ import annotations

import altair as alt

from detente.report.charts.style import (
    CONFLICT,
    COOPERATION,
    WIDTH,
    Spec,
    Tables,
    dated,
    finish,
    utc,
    year_axis,
    zero_rule,
)
from detente.report.language import Language
from detente.report.model import DyadReport


def directed_years(report: DyadReport, say: Language) -> Spec:
    """Net score a year in each direction: who acts how upon whom."""
    frame = dated(report.directed_years, "period_start", say)[
        ["day", "year", "way", "net", "n_events"]
    ]
    tables = Tables()
    ways = list(dict.fromkeys(frame["way"]))
    chart = (
        alt.Chart(tables.add(frame), width=WIDTH, height=150)
        .mark_line(point=alt.OverlayMarkDef(size=22))
        .encode(
            x=alt.X("day:T", axis=year_axis(), **utc()),
            y=alt.Y("net:Q", title=say("chart.net_year")),
            color=alt.Color(
                "way:N",
                title=None,
                scale=alt.Scale(domain=ways, range=[COOPERATION, CONFLICT]),
                legend=alt.Legend(orient="top"),
            ),
            strokeDash=alt.StrokeDash(
                "way:N",
                title=None,
                scale=alt.Scale(domain=ways, range=[[1, 0], [5, 3]]),
                legend=alt.Legend(orient="top"),
            ),
            tooltip=[
                alt.Tooltip("way:N", title=say("chart.direction")),
                alt.Tooltip("year:N", title=say("chart.year")),
                alt.Tooltip("net:Q", title=say("chart.net_score"), format=".1f"),
                alt.Tooltip("n_events:Q", title=say("chart.acts")),
            ],
        )
    )
    return finish(zero_rule() + chart, tables)
