"""The annotated timeline of a dyad: flows, stock, every record as a mark."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from detente.report.charts.style import (
    CONFLICT,
    COOPERATION,
    GROUP_COLOURS,
    NET,
    NEUTRAL,
    WIDTH,
    Spec,
    dated,
    finish,
    utc,
    when,
    zero_rule,
)
from detente.report.model import DyadReport


def dyad_timeline(report: DyadReport, interactive: bool = True) -> Spec:
    """Monthly cooperation, conflict and net; the stock; every occurrence as a mark; an overview.

    With `interactive`, a drag over the overview chooses the span of the panels above it, and a
    click in the legend of the occurrences keeps one kind of them.
    """
    months = dated(report.months, "period_start")
    span = alt.selection_interval(name="span", encodings=["x"]) if interactive else None
    # Without a selection, every panel spans the whole series, not what happens to lie in it.
    whole = [months["day"].iloc[0], months["end"].iloc[-1]]
    domain: dict[str, Any] = {"scale": alt.Scale(type="utc", domain=span or whole)}
    axis = alt.Axis(title=None, format="%Y", grid=False)
    x = alt.X("day:T", axis=axis, **domain)
    panels = [_flows(months, report, x), _stock(months, report, x)]
    if report.occurrences:
        panels.append(_strip(report, x, interactive))
    if span is not None:
        detail = alt.vconcat(*panels, spacing=12).resolve_scale(
            x="shared", color="independent", shape="independent"
        )
        return finish(alt.vconcat(detail, _overview_panel(months, span), spacing=12))
    return finish(
        alt.vconcat(*panels, spacing=12).resolve_scale(color="independent", shape="independent")
    )


def _flows(months: pd.DataFrame, report: DyadReport, x: alt.X) -> Any:
    bars = pd.concat(
        [
            months.assign(measure="Cooperation", value=months["cooperation"]),
            months.assign(measure="Conflict", value=-months["conflict"]),
        ]
    )
    bars = bars[bars["value"] != 0]
    top, bottom = float(months["cooperation"].max()), float(months["conflict"].max())
    # Room above the bars for the numbers of the marked records.
    bounds = alt.Scale(domain=[-max(bottom, 1.0) * 1.05, max(top, 1.0) * 1.42], nice=False)
    y = alt.Y("value:Q", title="Goldstein points a month", scale=bounds)
    measures = alt.Scale(
        domain=["Cooperation", "Conflict", "Net"], range=[COOPERATION, CONFLICT, NET]
    )
    colour = alt.Color("measure:N", title=None, scale=measures, legend=alt.Legend(orient="top"))
    columns = ["day", "month", "measure", "value", "net", "n_events"]
    tooltip = [
        alt.Tooltip("month:N", title="Month"),
        alt.Tooltip("measure:N", title="Measure"),
        alt.Tooltip("value:Q", title="Points", format=".1f"),
        alt.Tooltip("net:Q", title="Net", format=".1f"),
        alt.Tooltip("n_events:Q", title="Acts"),
    ]
    bar = (
        alt.Chart(bars[columns])
        .mark_rule(strokeWidth=2, clip=True, opacity=0.75)
        .encode(x=x, y=y, y2=alt.datum(0), color=colour, tooltip=tooltip)
    )
    net = months.assign(measure="Net", value=months["net"])
    line = (
        alt.Chart(net[net["n_events"] > 0][columns])
        .mark_point(shape="circle", filled=True, size=10, clip=True, opacity=1)
        .encode(x=x, y=y, color=colour, tooltip=tooltip)
    )
    layers: list[Any] = [*_breaks(report, x), zero_rule(), bar, line]
    if report.marked:
        layers += _numbers(report, x, y, 1.14 * max(top, 1.0))
    return alt.layer(*layers).properties(width=WIDTH, height=230)


def _breaks(report: DyadReport, x: alt.X) -> list[Any]:
    """Draw each break in the net score as a line, with its 95 % interval as a band behind it."""
    if not report.breaks:
        return []
    frame = pd.DataFrame(
        {
            "day": one.day.isoformat(),
            "lower": one.lower.isoformat(),
            "upper": one.upper.isoformat(),
            "sentence": one.sentence,
        }
        for one in report.breaks
    )
    tooltip = [alt.Tooltip("sentence:N", title="Break")]
    base = alt.Chart(frame)
    start = x.copy()  # the panel's own scale and axis
    start.shorthand = "lower:T"
    band = base.mark_rect(color="#e6e0c8", opacity=0.55, clip=True).encode(
        x=start, x2="upper:T", tooltip=tooltip
    )
    rule = base.mark_rule(color="#7a6a1f", strokeWidth=1.5, clip=True).encode(x=x, tooltip=tooltip)
    return [band, rule]


def _numbers(report: DyadReport, x: alt.X, y: alt.Y, height: float) -> list[Any]:
    frame = pd.DataFrame(
        {
            "day": one.occurrence.day.isoformat(),
            "number": str(one.number),
            "title": one.occurrence.title,
            "when": when(one.occurrence.day),
            # Neighbours sit on two heights, so that their numbers stay legible.
            "value": height * (1.0 if one.number % 2 else 1.15),
        }
        for one in report.marked
    )
    tooltip = [
        alt.Tooltip("number:N", title="Mark"),
        alt.Tooltip("when:N", title="Day"),
        alt.Tooltip("title:N", title="What"),
    ]
    base = alt.Chart(frame)
    stem = base.mark_rule(color=NEUTRAL, strokeDash=[2, 2], clip=True).encode(
        x=x, y=y, y2=alt.datum(0)
    )
    disc = base.mark_circle(size=230, color="white", stroke="#333333", opacity=1, clip=True).encode(
        x=x, y=y, tooltip=tooltip
    )
    text = base.mark_text(fontSize=10, color="#000000", clip=True).encode(
        x=x, y=y, text="number:N", tooltip=tooltip
    )
    return [stem, disc, text]


def _stock(months: pd.DataFrame, report: DyadReport, x: alt.X) -> Any:
    half_life = f"{report.provenance.half_life_days:g}"
    tooltip = [
        alt.Tooltip("month:N", title="End of"),
        alt.Tooltip("stock:Q", title="Stock", format=".1f"),
    ]
    area = (
        alt.Chart(months[["day", "month", "stock"]])
        .mark_area(
            line={"color": "#333333", "strokeWidth": 1}, color="#bdbdbd", opacity=0.6, clip=True
        )
        .encode(
            x=x,
            y=alt.Y("stock:Q", title=["Stock", f"half-life {half_life} days"]),
            tooltip=tooltip,
        )
    )
    return alt.layer(zero_rule(), area).properties(width=WIDTH, height=90)


def _strip(report: DyadReport, x: alt.X, interactive: bool) -> Any:
    frame = pd.DataFrame(
        {
            "day": one.day.isoformat(),
            "when": when(one.day),
            "group": one.group,
            "title": one.title,
            "who": one.who,
            "net": one.net,
            "sign": "Cooperation" if one.net > 0 else "Conflict" if one.net < 0 else "Neutral",
            "source": one.source_name,
            "url": one.source_url,
        }
        for one in report.occurrences
    )
    groups = [file.label for file in report.provenance.files if file.label in set(frame["group"])]
    colour = alt.Color(
        "group:N",
        title=None,
        scale=alt.Scale(domain=groups, range=list(GROUP_COLOURS[: len(groups)])),
        legend=alt.Legend(orient="top", symbolType="square", columns=len(groups)),
    )
    shape = alt.Shape(
        "sign:N",
        title=None,
        scale=alt.Scale(
            domain=["Cooperation", "Conflict", "Neutral"],
            range=["triangle-up", "triangle-down", "circle"],
        ),
        legend=alt.Legend(orient="top"),
    )
    chart = (
        alt.Chart(frame, width=WIDTH, height=alt.Step(24))
        .mark_point(filled=True, size=60, opacity=0.75, clip=True)
        .encode(
            x=x,
            y=alt.Y("group:N", title=None, sort=groups, axis=alt.Axis(labels=False, ticks=False)),
            color=colour,
            shape=shape,
            href="url:N",
            tooltip=[
                alt.Tooltip("when:N", title="Day"),
                alt.Tooltip("title:N", title="What"),
                alt.Tooltip("who:N", title="Who"),
                alt.Tooltip("net:Q", title="Goldstein points", format="+.1f"),
                alt.Tooltip("source:N", title="Source"),
            ],
        )
    )
    if not interactive:
        return chart
    kept = alt.selection_point(name="kind", fields=["group"], bind="legend")
    return chart.add_params(kept).encode(
        opacity=alt.condition(kept, alt.value(0.75), alt.value(0.04))
    )


def _overview_panel(months: pd.DataFrame, span: alt.Parameter) -> Any:
    return (
        alt.Chart(months[["day", "stock"]], width=WIDTH, height=44)
        .mark_area(color="#bdbdbd")
        .encode(
            x=alt.X("day:T", axis=alt.Axis(title="drag here to zoom in, click to zoom out",
                                           format="%Y", grid=False), **utc()),
            y=alt.Y("stock:Q", axis=None),
        )
        .add_params(span)
    )  # fmt: skip
