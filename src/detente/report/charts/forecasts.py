"""The forecast as a fan after the months that were observed."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from detente.report.charts.style import (
    COOPERATION,
    NET,
    WIDTH,
    Spec,
    Tables,
    dated,
    finish,
    utc,
    zero_rule,
)
from detente.report.language import Language
from detente.report.model import DyadReport

_SHOWN_MONTHS = 48
_PALE = 0.4  # opacity of a month that is over
_BANDS = (("95", "#d4e6f1"), ("80", "#9dc6e0"), ("50", "#5fa2cc"))


def fan(report: DyadReport, say: Language) -> Spec | None:
    """Net score of the last years and the forecast of the next months; none without a forecast."""
    if not report.forecast.months:
        return None
    tables = Tables()
    months = dated(report.months, "period_start", say)
    seen = months[months["is_complete"]].tail(_SHOWN_MONTHS)[["day", "month", "net", "n_events"]]
    ahead = pd.DataFrame(
        {
            "day": one.month.isoformat(),
            "month": say("chart.past_month", month=say.month(one.month))
            if one.is_past
            else say.month(one.month),
            "is_past": one.is_past,
            "median": one.median,
            "mean": one.mean,
            **{
                f"{end}_{level}": getattr(one, f"{end}_{level}")
                for level, _ in _BANDS
                for end in ("lo", "hi")
            },
        }
        for one in report.forecast.months
    ).round(3)
    x = alt.X("day:T", axis=alt.Axis(title=None, format="%b %Y", grid=False), **utc())
    title = say("chart.net_month")
    observed = alt.Chart(tables.add(seen))
    tooltip = [
        alt.Tooltip("month:N", title=say("chart.month")),
        alt.Tooltip("net:Q", title=say("chart.observed"), format=".1f"),
        alt.Tooltip("n_events:Q", title=say("chart.acts")),
    ]
    names = {level: say(f"chart.interval_{level}") for level, _ in _BANDS}
    bands = pd.concat(
        [
            ahead[["day", "month", "is_past"]].assign(
                band=names[level], lower=ahead[f"lo_{level}"], upper=ahead[f"hi_{level}"]
            )
            for level, _ in _BANDS
        ]
    )
    colour = alt.Color(
        "band:N",
        title=None,
        scale=alt.Scale(domain=list(names.values()), range=[shade for _, shade in _BANDS]),
        legend=alt.Legend(orient="top", symbolType="square"),
    )
    # Bars rather than an area: a forecast is of a month, and one month alone has no area.
    fan_of_bars = (
        alt.Chart(tables.add(bands))
        .mark_bar(width=9)
        .encode(
            x=x,
            y=alt.Y("lower:Q", title=title),
            y2="upper:Q",
            color=colour,
            opacity=alt.condition("datum.is_past", alt.value(_PALE), alt.value(1)),
            tooltip=[
                alt.Tooltip("month:N", title=say("chart.month")),
                alt.Tooltip("band:N", title=say("chart.forecast")),
                alt.Tooltip("lower:Q", title=say("chart.forecast"), format=".1f"),
                alt.Tooltip("upper:Q", title=say("chart.forecast"), format=".1f"),
            ],
        )
    )
    middle = (
        alt.Chart(tables.add(ahead[["day", "month", "median", "mean"]]))
        .mark_tick(color=NET, thickness=2.5, size=9, orient="horizontal")
        .encode(
            x=x,
            y=alt.Y("median:Q", title=title),
            tooltip=[
                alt.Tooltip("month:N", title=say("chart.month")),
                alt.Tooltip("median:Q", title=say("chart.forecast"), format=".1f"),
            ],
        )
    )
    layers = [
        zero_rule(),
        observed.mark_line(color="#555555", strokeWidth=1).encode(
            x=x, y=alt.Y("net:Q", title=title)
        ),
        observed.mark_circle(color=COOPERATION, size=28, opacity=1).encode(
            x=x, y=alt.Y("net:Q", title=title), tooltip=tooltip
        ),
        fan_of_bars,
        middle,
        *_past(ahead, x, title, say, tables),
    ]
    return finish(alt.layer(*layers).properties(width=WIDTH, height=190), tables)


def _past(ahead: pd.DataFrame, x: alt.X, title: str, say: Language, tables: Tables) -> list[Any]:
    """Say above the months that are over that they are."""
    first = ahead[ahead["is_past"]].head(1)
    if first.empty:
        return []
    row = first.assign(label=say("chart.past"), top=ahead["hi_95"].max())
    return [
        alt.Chart(tables.add(row[["day", "label", "top"]]))
        .mark_text(align="left", baseline="bottom", dx=-5, dy=-3, fontSize=11, fontStyle="italic")
        .encode(x=x, y=alt.Y("top:Q", title=title), text="label:N")
    ]
