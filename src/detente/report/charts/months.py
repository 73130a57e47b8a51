"""The months of a story: net score with the days that the story turns on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

import altair as alt
import pandas as pd

from detente.report.charts.style import (
    CONFLICT,
    COOPERATION,
    NEUTRAL,
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


def marked_months(months: pd.DataFrame, marks: Sequence[tuple[date, str]], say: Language) -> Spec:
    """Net score a month as bars, and a named rule at each marked day.

    Parameters
    ----------
    months
        Rows of an index series (`detente.indices.reading.series`) of one dyad.
    marks
        Days with their labels.
    """
    tables = Tables()
    frame = dated(months, "period_start", say)[["day", "end", "month", "net", "n_events"]]
    axis = year_axis()
    axis["tickCount"] = "year"
    bars = (
        alt.Chart(tables.add(frame), width=WIDTH, height=190)
        .mark_bar(strokeWidth=0)
        .encode(
            x=alt.X("day:T", axis=axis, **utc()),
            x2=alt.X2("end:T"),
            y=alt.Y("net:Q", title=say("chart.net_month")),
            y2=alt.Y2Datum(0),
            color=alt.condition("datum.net < 0", alt.value(CONFLICT), alt.value(COOPERATION)),
            tooltip=[
                alt.Tooltip("month:N", title=say("chart.month")),
                alt.Tooltip("net:Q", title=say("chart.net_score"), format=".1f"),
                alt.Tooltip("n_events:Q", title=say("chart.acts")),
            ],
        )
    )
    layers = bars + zero_rule()
    if marks:
        rows = pd.DataFrame(
            {
                "day": [day.isoformat() for day, _ in marks],
                "label": [label for _, label in marks],
                "when": [say.day(day) for day, _ in marks],
                "side": [position % 2 for position in range(len(marks))],
            }
        )
        base = alt.Chart(tables.add(rows)).encode(
            x=alt.X("day:T", **utc()),
            tooltip=[
                alt.Tooltip("label:N", title=say("chart.mark")),
                alt.Tooltip("when:N", title=say("chart.day")),
            ],
        )
        layers += base.mark_rule(strokeDash=[3, 3], color=NEUTRAL)
        # By turns to the left and to the right, so that neighbours do not cover each other.
        sides: tuple[tuple[int, Literal["left", "right"], int], ...] = (
            (0, "right", -4),
            (1, "left", 4),
        )
        for side, align, dx in sides:
            layers += (
                base.transform_filter(f"datum.side == {side}")
                .mark_text(align=align, dx=dx, fontSize=10.5)
                .encode(text="label:N", y=alt.value(7))
            )
    return finish(layers, tables)
