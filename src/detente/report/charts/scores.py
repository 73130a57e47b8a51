"""The bounded relation score: of one dyad over time, of several side by side."""

from __future__ import annotations

import altair as alt
import pandas as pd

from detente.report.charts.style import (
    CONFLICT,
    COOPERATION,
    NET,
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

_SCALE = alt.Scale(domain=[-9, 9], nice=False)
_TICKS = [-9, 0, 9]


def score(report: DyadReport, say: Language) -> Spec:
    """Relation score at the end of each complete month, with the last one as a number."""
    tables = Tables()
    months = _complete(report.months, say)
    columns = ["day", "month", "score", "shown", "above", "below"]
    base = alt.Chart(tables.add(months[columns]), width=WIDTH - 40, height=110)
    x = alt.X("day:T", axis=year_axis(), **utc())
    axis = alt.Axis(values=_TICKS, grid=False)
    y = alt.Y("score:Q", title=say("chart.score"), scale=_SCALE, axis=axis)
    tooltip = [
        alt.Tooltip("month:N", title=say("chart.end_of")),
        alt.Tooltip("score:Q", title=say("chart.score"), format=".1f"),
    ]
    last = alt.Chart(tables.add(months[columns].tail(1)))
    layers = [
        zero_rule(),
        base.mark_area(color=COOPERATION, opacity=0.25).encode(
            x=x, y=alt.Y("above:Q", scale=_SCALE, axis=axis), y2=alt.datum(0)
        ),
        base.mark_area(color=CONFLICT, opacity=0.35).encode(
            x=x, y=alt.Y("below:Q", scale=_SCALE, axis=axis), y2=alt.datum(0)
        ),
        base.mark_line(color=NET, strokeWidth=1.5).encode(x=x, y=y, tooltip=tooltip),
        last.mark_circle(color=NET, size=45, opacity=1).encode(x=x, y=y, tooltip=tooltip),
        last.mark_text(align="left", dx=7, fontSize=14, fontWeight="bold").encode(
            x=x, y=y, text="shown:N"
        ),
    ]
    return finish(alt.layer(*layers), tables)


def small_scores(months: pd.DataFrame, say: Language) -> Spec:
    """Relation score of several dyads over time, one small chart each, all on one scale.

    Parameters
    ----------
    months
        Months of all dyads with the dyad's title as `dyad`, in the order of the charts.
    """
    frame = _complete(months, say)
    last = frame.groupby("dyad", sort=False)["shown"].last()
    frame["label"] = frame["dyad"] + ": " + frame["dyad"].map(last)
    order = list(dict.fromkeys(frame["label"]))
    columns = 3 if len(order) == 3 else 2  # three in a row leave no hole
    x = alt.X("day:T", axis=year_axis(), **utc())
    axis = alt.Axis(values=_TICKS, grid=False, title=None)
    tables = Tables()
    rows = tables.add(frame[["label", "day", "month", "score", "above", "below"]])
    base = alt.Chart()  # the rows are the facet's: a panel draws its own
    panel = alt.layer(
        base.mark_area(color=COOPERATION, opacity=0.3).encode(
            x=x, y=alt.Y("above:Q", scale=_SCALE, axis=axis), y2=alt.datum(0)
        ),
        base.mark_area(color=CONFLICT, opacity=0.4).encode(
            x=x, y=alt.Y("below:Q", scale=_SCALE, axis=axis), y2=alt.datum(0)
        ),
        base.mark_line(color=NET, strokeWidth=1.2).encode(
            x=x,
            y=alt.Y("score:Q", scale=_SCALE, axis=axis),
            tooltip=[
                alt.Tooltip("month:N", title=say("chart.end_of")),
                alt.Tooltip("score:Q", title=say("chart.score"), format=".1f"),
            ],
        ),
    ).properties(width=(WIDTH - 30 - 30 * columns) / columns, height=64)
    chart = panel.facet(
        data=rows,
        facet=alt.Facet(
            "label:N",
            title=None,
            sort=order,
            header=alt.Header(labelAnchor="start", labelFontSize=12, labelFontWeight="bold"),
        ),
        columns=columns,
        spacing={"row": 14, "column": 30},
    )
    return finish(chart, tables)


def _complete(months: pd.DataFrame, say: Language) -> pd.DataFrame:
    frame = dated(months, "period_start", say)
    frame = frame[frame["is_complete"] & frame["score"].notna()].copy()
    frame["score"] = frame["score"].round(3)
    frame["above"] = frame["score"].clip(lower=0)
    frame["below"] = frame["score"].clip(upper=0)
    frame["shown"] = [say.signed(value) for value in frame["score"]]
    return frame
