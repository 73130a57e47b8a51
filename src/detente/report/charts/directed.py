"""Who acts how upon whom, year by year."""

from __future__ import annotations

import altair as alt

from detente.report.charts.style import (
    CONFLICT,
    COOPERATION,
    WIDTH,
    Spec,
    dated,
    finish,
    utc,
    zero_rule,
)
from detente.report.model import DyadReport


def directed_years(report: DyadReport) -> Spec:
    """Net score a year in each direction: who acts how upon whom."""
    frame = dated(report.directed_years, "period_start")[["day", "year", "way", "net", "n_events"]]
    ways = list(dict.fromkeys(frame["way"]))
    chart = (
        alt.Chart(frame, width=WIDTH, height=150)
        .mark_line(point=alt.OverlayMarkDef(size=22))
        .encode(
            x=alt.X("day:T", axis=alt.Axis(title=None, format="%Y", grid=False), **utc()),
            y=alt.Y("net:Q", title="Net score a year"),
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
                alt.Tooltip("way:N", title="Direction"),
                alt.Tooltip("year:N", title="Year"),
                alt.Tooltip("net:Q", title="Net score", format=".1f"),
                alt.Tooltip("n_events:Q", title="Acts"),
            ],
        )
    )
    return finish(zero_rule() + chart)
