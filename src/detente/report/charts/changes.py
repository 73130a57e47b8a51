"""What changed: breaks with their intervals, means between them, regimes as shading."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from detente.report.charts.style import (
    BREAK,
    BREAK_BAND,
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

_SHADES = ("#ffffff", "#ececec", "#d6d6d6", "#c2c2c2", "#adadad")


def regimes(report: DyadReport, say: Language) -> Spec:
    """Monthly net score with its mean between breaks, over the regimes of the switching model."""
    tables = Tables()
    months = dated(report.months, "period_start", say)
    months = months[months["is_complete"]]
    x = alt.X("day:T", axis=year_axis(), **utc())
    y = alt.Y("net:Q", title=say("chart.net_month"))
    dots = (
        alt.Chart(tables.add(months[["day", "month", "net", "n_events"]]))
        .mark_circle(size=14, color="#555555", opacity=0.65)
        .encode(
            x=x,
            y=y,
            tooltip=[
                alt.Tooltip("month:N", title=say("chart.month")),
                alt.Tooltip("net:Q", title=say("chart.net"), format=".1f"),
                alt.Tooltip("n_events:Q", title=say("chart.acts")),
            ],
        )
    )
    layers = [
        *_shading(report, say, tables),
        *breaks(report, x, say, tables),
        zero_rule(),
        dots,
        *_means(report, months, x, y, say, tables),
    ]
    return finish(
        alt.layer(*layers).properties(width=WIDTH, height=170).resolve_scale(color="independent"),
        tables,
    )


def breaks(report: DyadReport, x: alt.X, say: Language, tables: Tables) -> list[Any]:
    """Draw each break in the net score as a line, with its 95 % interval as a band behind it."""
    if not report.breaks:
        return []
    frame = pd.DataFrame(
        {
            "day": one.day.isoformat(),
            "lower": (one.lower or one.day).isoformat(),
            "upper": (one.upper or one.day).isoformat(),
            "sentence": one.sentence,
        }
        for one in report.breaks
    )
    tooltip = [alt.Tooltip("sentence:N", title=say("chart.break"))]
    base = alt.Chart(tables.add(frame))
    start = x.copy()  # the panel's own scale and axis
    start.shorthand = "lower:T"
    band = base.mark_rect(color=BREAK_BAND, opacity=0.55, clip=True).encode(
        x=start, x2="upper:T", tooltip=tooltip
    )
    rule = base.mark_rule(color=BREAK, strokeWidth=1.5, clip=True).encode(x=x, tooltip=tooltip)
    return [band, rule]


def _shading(report: DyadReport, say: Language, tables: Tables) -> list[Any]:
    if not report.regimes:
        return []
    means = sorted({one.mean for one in report.regimes})
    labels = [say.signed(mean) for mean in means]
    frame = pd.DataFrame(
        {
            "from": one.first.isoformat(),
            # Shading runs to where the next month starts.
            "to": (pd.Timestamp(one.last) + pd.offsets.MonthBegin()).strftime("%Y-%m-%d"),
            "regime": say.signed(one.mean),
            "months": say("format.span", first=say.month(one.first), last=say.month(one.last)),
        }
        for one in report.regimes
    )
    return [
        alt.Chart(tables.add(frame))
        .mark_rect(clip=True)
        .encode(
            x=alt.X("from:T", axis=year_axis(), **utc()),
            x2="to:T",
            color=alt.Color(
                "regime:N",
                title=say("chart.regime"),
                scale=alt.Scale(domain=labels, range=list(_SHADES[: len(labels)])),
                legend=alt.Legend(orient="top", symbolStrokeColor="#777777", symbolStrokeWidth=1),
            ),
            tooltip=[
                alt.Tooltip("regime:N", title=say("chart.regime")),
                alt.Tooltip("months:N", title=say("chart.month")),
            ],
        )
    ]


def _means(
    report: DyadReport, months: pd.DataFrame, x: alt.X, y: alt.Y, say: Language, tables: Tables
) -> list[Any]:
    """Draw the mean between breaks as a line with its number at the line's start."""
    if not report.breaks or months.empty:
        return []
    edges = [
        months["day"].iloc[0],
        *(one.day.isoformat() for one in report.breaks),
        months["end"].iloc[-1],
    ]
    means = [report.breaks[0].mean_before, *(one.mean_after for one in report.breaks)]
    frame = pd.DataFrame(
        {"day": edges[:-1], "until": edges[1:], "net": means, "mean": map(say.signed, means)}
    )
    base = alt.Chart(tables.add(frame))
    tooltip = [alt.Tooltip("mean:N", title=say("chart.mean"))]
    line = base.mark_rule(color=NET, strokeWidth=2.5).encode(
        x=x, x2="until:T", y=y, tooltip=tooltip
    )
    text = base.mark_text(
        align="left", baseline="bottom", dx=4, dy=-3, fontSize=12, fontWeight="bold"
    ).encode(x=x, y=y, text="mean:N")
    return [line, text]
