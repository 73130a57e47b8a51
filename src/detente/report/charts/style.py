"""What every chart shares: colours, days, the finished specification.

Colours are Okabe and Ito's (2008), which colour-blind readers tell apart; cooperation and conflict
also differ by direction, so that print in grey keeps them apart.
"""

from __future__ import annotations

import json
from typing import Any

import altair as alt
import pandas as pd

from detente.report.language import Language

COOPERATION, CONFLICT, NET, NEUTRAL = "#0072B2", "#D55E00", "#000000", "#8c8c8c"
LIGHT_COOPERATION, LIGHT_CONFLICT = "#8fc3e0", "#f0b48c"
BREAK, BREAK_BAND = "#7a6a1f", "#e6e0c8"
GROUP_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#555555")
WIDTH = 820
Spec = dict[str, Any]


class Tables:
    """The rows that one chart draws, by name, kept apart from its layers.

    Altair copies the data of a chart whenever it joins layers and panels: a name costs nothing.
    """

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {}

    def add(self, frame: pd.DataFrame) -> alt.NamedData:
        """Keep the rows of a frame and return the name that stands for them."""
        name = f"rows{len(self.rows) + 1}"
        # Through JSON, so that a missing number is null and a numpy number a number.
        self.rows[name] = json.loads(frame.to_json(orient="records", double_precision=6))
        return alt.NamedData(name)


def zero_rule() -> Any:
    """Return the line at zero, a layer of its own."""
    one_row = alt.InlineData([{"zero": 0}])
    return alt.Chart(one_row).mark_rule(color=NEUTRAL).encode(y="zero:Q")


def year_axis(grid: bool = False) -> alt.Axis:
    """Return a time axis that names years."""
    return alt.Axis(title=None, format="%Y", grid=grid)


def utc() -> dict[str, Any]:
    """Return the scale of a time axis: days are days wherever the reader sits."""
    return {"scale": alt.Scale(type="utc")}


def dated(frame: pd.DataFrame, column: str, say: Language) -> pd.DataFrame:
    """Add `day`, `end`, `month` and `year` as text to a frame of periods."""
    start = pd.to_datetime(frame[column])
    return frame.assign(
        day=start.dt.strftime("%Y-%m-%d"),
        end=pd.to_datetime(frame["period_end"]).dt.strftime("%Y-%m-%d"),
        month=[say.month(day) for day in start],
        year=start.dt.year.astype(str),
    )


def by_year(frame: pd.DataFrame, say: Language) -> pd.DataFrame:
    """Add `day` and `year` as text to a frame of years, and `told`, the year as a tooltip names it.

    A year that the files do not cover whole is no year to compare with others: it is named so, and
    charts draw it open (`is_complete`).
    """
    years = dated(frame, "period_start", say)
    told = [
        year if is_complete else say("chart.part_year", year=year)
        for year, is_complete in zip(years["year"], years["is_complete"], strict=True)
    ]
    return years.assign(told=told)


def whole_and_part(years: pd.DataFrame, whole: Any, part: Any) -> list[Any]:
    """Return those of two layers that draw anything: Vega complains of a layer without rows.

    Parameters
    ----------
    years
        Rows with `is_complete`.
    whole, part
        Layers of the years that are complete and of the others; each is narrowed to its own.
    """
    layers = []
    if years["is_complete"].any():
        layers.append(whole.transform_filter("datum.is_complete"))
    if not years["is_complete"].all():
        layers.append(part.transform_filter("!datum.is_complete"))
    return layers


def finish(chart: Any, tables: Tables) -> Spec:
    """Return the specification under the house style, with the rows that it draws."""
    spec: Spec = (
        chart.configure(font="Libertinus Serif, Georgia, serif")
        .configure_view(stroke=None)
        .configure_axis(labelFontSize=11, titleFontSize=11, titleFontWeight="normal", tickSize=4)
        .configure_legend(labelFontSize=11, titleFontSize=11, symbolSize=70, labelLimit=320)
        .to_dict()
    )
    # Altair has put the few rows that stand inline, such as that of the zero line, there already.
    spec["datasets"] = {**spec.get("datasets", {}), **tables.rows}
    return spec
