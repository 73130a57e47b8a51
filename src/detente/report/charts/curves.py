"""Curves with bands: impulse responses and event studies, one small chart each."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from detente.report.charts.style import COOPERATION, NEUTRAL, WIDTH, Spec, Tables, finish
from detente.report.language import Language
from detente.report.model import DyadReport


def responses(report: DyadReport, say: Language) -> Spec | None:
    """Response of each direction to a surprise in each; none where there is no model."""
    if report.responses.empty:
        return None
    names = {report.actor1.iso3: report.actor1.name, report.actor2.iso3: report.actor2.name}

    def way(code: str) -> str:
        first, second = code.split(">")
        return say("format.towards", first=names[first], second=names[second])

    frame = report.responses.assign(
        panel=[
            say("chart.after", response=way(response), impulse=way(impulse))
            for response, impulse in zip(
                report.responses["response"], report.responses["impulse"], strict=True
            )
        ]
    )
    # The answers of the other side first: they are what is asked.
    other = frame["impulse"] != frame["response"]
    order = list(dict.fromkeys([*frame[other]["panel"], *frame[~other]["panel"]]))
    return _small(frame, order, say("chart.months_after"), say("chart.response"), say)


def paths(report: DyadReport, say: Language) -> Spec | None:
    """Net score before and after events of each kind; none where no event study was made."""
    if report.paths.empty:
        return None
    methods = list(dict.fromkeys(report.paths["method"]))
    frame = report.paths.assign(
        panel=report.paths["event_kind"]
        if len(methods) == 1
        else report.paths["event_kind"] + " (" + report.paths["method"] + ")"
    )
    order = list(dict.fromkeys(frame["panel"]))
    return _small(frame, order, say("chart.months_from"), say("chart.effect"), say)


def _small(
    frame: pd.DataFrame, order: list[str], x_title: str, y_title: str, say: Language
) -> Spec:
    columns = ["panel", "horizon", "value", "lo", "hi"]
    tables = Tables()
    rows = tables.add(frame[columns])
    base = alt.Chart()  # the rows are the facet's: a panel draws its own
    x = alt.X("horizon:Q", title=x_title, axis=alt.Axis(tickMinStep=1, grid=False))
    y = alt.Y("value:Q", title=y_title)
    tooltip: list[Any] = [
        alt.Tooltip("horizon:Q", title=x_title),
        alt.Tooltip("value:Q", title=y_title, format="+.2f"),
        alt.Tooltip("lo:Q", title=say("chart.band"), format="+.2f"),
        alt.Tooltip("hi:Q", title=say("chart.band"), format="+.2f"),
    ]
    panel = alt.layer(
        base.mark_rule(color=NEUTRAL).encode(y=alt.datum(0)),
        base.mark_area(color=COOPERATION, opacity=0.22).encode(
            x=x, y=alt.Y("lo:Q", title=y_title), y2="hi:Q"
        ),
        base.mark_line(color=COOPERATION, point=alt.OverlayMarkDef(size=24)).encode(
            x=x, y=y, tooltip=tooltip
        ),
    ).properties(width=(WIDTH - 110) / 2, height=110)
    chart = panel.facet(
        data=rows,
        facet=alt.Facet(
            "panel:N",
            title=None,
            sort=order,
            header=alt.Header(labelAnchor="start", labelFontSize=11, labelLimit=390),
        ),
        columns=2,
        spacing={"row": 16, "column": 36},
    )
    return finish(chart, tables)
