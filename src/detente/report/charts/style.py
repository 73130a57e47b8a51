"""What every chart shares: colours, days, the finished specification.

Colours are Okabe and Ito's (2008), which colour-blind readers tell apart; cooperation and conflict
also differ by direction, so that print in grey keeps them apart.
"""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

COOPERATION, CONFLICT, NET, NEUTRAL = "#0072B2", "#D55E00", "#000000", "#8c8c8c"
GROUP_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#555555")
WIDTH = 820
Spec = dict[str, Any]


def zero_rule() -> Any:
    """Return the line at zero, a layer of its own."""
    return alt.Chart(pd.DataFrame({"zero": [0]})).mark_rule(color=NEUTRAL).encode(y="zero:Q")


def utc() -> dict[str, Any]:
    """Return the scale of a time axis: days are days wherever the reader sits."""
    return {"scale": alt.Scale(type="utc")}


def when(day: Any) -> str:
    """Name a day for a tooltip."""
    return f"{day.day} {day:%B %Y}"


def dated(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """Add `day`, `end`, `month` and `year` as text to a frame of periods."""
    start = pd.to_datetime(frame[column])
    return frame.assign(
        day=start.dt.strftime("%Y-%m-%d"),
        end=pd.to_datetime(frame["period_end"]).dt.strftime("%Y-%m-%d"),
        month=start.dt.strftime("%B %Y"),
        year=start.dt.year.astype(str),
    )


def finish(chart: Any) -> Spec:
    """Return the specification under the house style."""
    spec: Spec = (
        chart.configure(font="Libertinus Serif, Georgia, serif")
        .configure_view(stroke=None)
        .configure_axis(labelFontSize=11, titleFontSize=11, titleFontWeight="normal", tickSize=4)
        .configure_legend(labelFontSize=11, titleFontSize=11, symbolSize=70, labelLimit=320)
        .to_dict()
    )
    return spec
