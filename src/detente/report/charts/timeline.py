"""The annotated timeline of a dyad: flows, stock, every record as a mark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from detente.report.charts.changes import breaks
from detente.report.charts.lanes import lanes
from detente.report.charts.style import (
    CONFLICT,
    COOPERATION,
    GROUP_COLOURS,
    NET,
    NEUTRAL,
    WIDTH,
    Spec,
    Tables,
    dated,
    finish,
    year_axis,
    zero_rule,
)
from detente.report.language import Language
from detente.report.model import DyadReport

# Pixels: the height of the bars; the area of a numbered disc, and from where on two are clear of
# each other, line and all.
_BARS, _DISC, _APART = 180, 230, 19
_MOST_LANES = 6


def dyad_timeline(report: DyadReport, say: Language, interactive: bool = True) -> Spec:
    """Monthly cooperation, conflict and net; the stock; every occurrence as a mark; an overview.

    With `interactive`, a drag over the overview chooses the span of the panels above it, and a
    click in the legend of the occurrences keeps one kind of them.
    """
    months = dated(report.months, "period_start", say)
    tables = Tables()
    span = alt.selection_interval(name="span", encodings=["x"]) if interactive else None
    # Without a selection, every panel spans the whole series, not what happens to lie in it.
    whole = [months["day"].iloc[0], months["end"].iloc[-1]]
    domain: dict[str, Any] = {"scale": alt.Scale(type="utc", domain=span or whole)}
    axis = year_axis()
    x = alt.X("day:T", axis=axis, **domain)
    panels = [_flows(months, report, x, say, tables), _stock(months, report, x, say, tables)]
    if report.occurrences:
        panels.append(_strip(report, x, say, tables, interactive))
    if span is not None:
        detail = alt.vconcat(*panels, spacing=12).resolve_scale(
            x="shared", color="independent", shape="independent"
        )
        return finish(
            alt.vconcat(detail, _overview_panel(months, span, whole, say, tables), spacing=12),
            tables,
        )
    return finish(
        alt.vconcat(*panels, spacing=12).resolve_scale(color="independent", shape="independent"),
        tables,
    )


def _flows(
    months: pd.DataFrame, report: DyadReport, x: alt.X, say: Language, tables: Tables
) -> Any:
    cooperation, conflict = say("chart.cooperation"), say("chart.conflict")
    bars = pd.concat(
        [
            months.assign(measure=cooperation, value=months["cooperation"]),
            months.assign(measure=conflict, value=-months["conflict"]),
        ]
    )
    bars = bars[bars["value"] != 0]
    top = max(float(months["cooperation"].max()), 1.0) * 1.05
    bottom = max(float(months["conflict"].max()), 1.0) * 1.05
    # Above the bars stand the numbers of the marked records, on as many lanes as they need.
    numbers = lanes(_places(months, report), _APART, _MOST_LANES)
    a_lane = _APART * (top + bottom) / _BARS
    n_lanes = max(numbers, default=-1) + 1
    bounds = alt.Scale(domain=[-bottom, top + n_lanes * a_lane], nice=False)
    y = alt.Y("value:Q", title=say("chart.points_month"), scale=bounds)
    measures = alt.Scale(
        domain=[cooperation, conflict, say("chart.net")], range=[COOPERATION, CONFLICT, NET]
    )
    colour = alt.Color("measure:N", title=None, scale=measures, legend=alt.Legend(orient="top"))
    columns = ["day", "month", "measure", "value", "net", "n_events"]
    tooltip = [
        alt.Tooltip("month:N", title=say("chart.month")),
        alt.Tooltip("measure:N", title=say("chart.measure")),
        alt.Tooltip("value:Q", title=say("chart.points"), format=".1f"),
        alt.Tooltip("net:Q", title=say("chart.net"), format=".1f"),
        alt.Tooltip("n_events:Q", title=say("chart.acts")),
    ]
    bar = (
        alt.Chart(tables.add(bars[columns]))
        .mark_rule(strokeWidth=2, clip=True, opacity=0.75)
        .encode(x=x, y=y, y2=alt.datum(0), color=colour, tooltip=tooltip)
    )
    net = months.assign(measure=say("chart.net"), value=months["net"])
    line = (
        alt.Chart(tables.add(net[net["n_events"] > 0][columns]))
        .mark_point(shape="circle", filled=True, size=10, clip=True, opacity=1)
        .encode(x=x, y=y, color=colour, tooltip=tooltip)
    )
    layers: list[Any] = [*breaks(report, x, say, tables), zero_rule(), bar, line]
    if report.marked:
        heights = [top + (lane + 0.5) * a_lane for lane in numbers]
        layers += _numbers(report, x, y, say, tables, heights)
    return alt.layer(*layers).properties(width=WIDTH, height=_BARS + n_lanes * _APART)


def _places(months: pd.DataFrame, report: DyadReport) -> list[float]:
    """Return how far from the left edge each marked record stands, in pixels."""
    first = pd.Timestamp(months["day"].iloc[0])
    whole = pd.Timestamp(months["end"].iloc[-1]) - first
    return [(pd.Timestamp(one.occurrence.day) - first) / whole * WIDTH for one in report.marked]


def _numbers(
    report: DyadReport,
    x: alt.X,
    y: alt.Y,
    say: Language,
    tables: Tables,
    heights: Sequence[float],
) -> list[Any]:
    frame = pd.DataFrame(
        {
            "day": one.occurrence.day.isoformat(),
            "number": str(one.number),
            "title": one.occurrence.title,
            "when": say.day(one.occurrence.day),
            "value": height,
        }
        for one, height in zip(report.marked, heights, strict=True)
    )
    tooltip = [
        alt.Tooltip("number:N", title=say("chart.mark")),
        alt.Tooltip("when:N", title=say("chart.day")),
        alt.Tooltip("title:N", title=say("chart.what")),
    ]
    base = alt.Chart(tables.add(frame))
    stem = base.mark_rule(color=NEUTRAL, strokeDash=[2, 2], clip=True).encode(
        x=x, y=y, y2=alt.datum(0)
    )
    disc = base.mark_circle(
        size=_DISC, color="white", stroke="#333333", opacity=1, clip=True
    ).encode(x=x, y=y, tooltip=tooltip)
    text = base.mark_text(fontSize=10, color="#000000", clip=True).encode(
        x=x, y=y, text="number:N", tooltip=tooltip
    )
    return [stem, disc, text]


def _covered(months: pd.DataFrame) -> pd.DataFrame:
    """Return the months that every file covers whole: past them the stock only decays."""
    return months[months["is_complete"]]


def _stock(
    months: pd.DataFrame, report: DyadReport, x: alt.X, say: Language, tables: Tables
) -> Any:
    half_life = f"{report.provenance.half_life_days:g}"
    tooltip = [
        alt.Tooltip("month:N", title=say("chart.end_of")),
        alt.Tooltip("stock:Q", title=say("chart.stock"), format=".1f"),
    ]
    area = (
        alt.Chart(tables.add(_covered(months)[["day", "month", "stock"]]))
        .mark_area(
            line={"color": "#333333", "strokeWidth": 1}, color="#bdbdbd", opacity=0.6, clip=True
        )
        .encode(
            x=x,
            y=alt.Y("stock:Q", title=[say("chart.stock"), say("chart.half_life", days=half_life)]),
            tooltip=tooltip,
        )
    )
    return alt.layer(zero_rule(), area).properties(width=WIDTH, height=90)


def _strip(report: DyadReport, x: alt.X, say: Language, tables: Tables, interactive: bool) -> Any:
    signs = {
        1: say("chart.cooperation"),
        -1: say("chart.conflict"),
        0: say("chart.neutral"),
    }
    frame = pd.DataFrame(
        {
            "day": one.day.isoformat(),
            "when": say.day(one.day),
            "group": one.group,
            "title": one.title,
            "who": one.who,
            "net": one.net,
            "sign": signs[(one.net > 0) - (one.net < 0)],
            "source": one.source_name,
            "url": one.source_url or None,  # no link where the source has no address
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
            domain=[signs[1], signs[-1], signs[0]],
            range=["triangle-up", "triangle-down", "circle"],
        ),
        # Below the strip: beside the kinds, which may be many, it would run off the page.
        legend=alt.Legend(orient="bottom"),
    )
    chart = (
        alt.Chart(tables.add(frame), width=WIDTH, height=alt.Step(24))
        .mark_point(filled=True, size=60, opacity=0.75, clip=True)
        .encode(
            x=x,
            y=alt.Y("group:N", title=None, sort=groups, axis=alt.Axis(labels=False, ticks=False)),
            color=colour,
            shape=shape,
            href="url:N",
            tooltip=[
                alt.Tooltip("when:N", title=say("chart.day")),
                alt.Tooltip("title:N", title=say("chart.what")),
                alt.Tooltip("who:N", title=say("chart.who")),
                alt.Tooltip("net:Q", title=say("chart.goldstein"), format="+.1f"),
                alt.Tooltip("source:N", title=say("chart.source")),
            ],
        )
    )
    if not interactive:
        return chart
    kept = alt.selection_point(name="kind", fields=["group"], bind="legend")
    return chart.add_params(kept).encode(
        opacity=alt.condition(kept, alt.value(0.75), alt.value(0.04))
    )


def _overview_panel(
    months: pd.DataFrame, span: alt.Parameter, whole: list[str], say: Language, tables: Tables
) -> Any:
    return (
        alt.Chart(tables.add(_covered(months)[["day", "stock"]]), width=WIDTH, height=44)
        .mark_area(color="#bdbdbd")
        .encode(
            x=alt.X("day:T", axis=alt.Axis(title=say("chart.zoom"),
                                           format="%Y", grid=False),
                    scale=alt.Scale(type="utc", domain=whole)),
            y=alt.Y("stock:Q", axis=None),
        )
        .add_params(span)
    )  # fmt: skip
