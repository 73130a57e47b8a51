"""Words and deeds: acts a year by quad class, cooperation up and conflict down."""

from __future__ import annotations

import altair as alt
import pandas as pd

from detente.report.charts.style import (
    CONFLICT,
    COOPERATION,
    LIGHT_CONFLICT,
    LIGHT_COOPERATION,
    WIDTH,
    Spec,
    Tables,
    by_year,
    finish,
    whole_and_part,
    zero_rule,
)
from detente.report.language import Language
from detente.report.model import DyadReport

# Deeds stand next to the line and are dark, words beyond and light: grey print tells them apart.
_QUADS = (
    ("kind.quad2", "n_quad2", 1, 0, COOPERATION),
    ("kind.quad1", "n_quad1", 1, 1, LIGHT_COOPERATION),
    ("kind.quad4", "n_quad4", -1, 0, CONFLICT),
    ("kind.quad3", "n_quad3", -1, 1, LIGHT_CONFLICT),
)


def quad_years(report: DyadReport, say: Language) -> Spec:
    """Acts a year by verbal and material cooperation (up) and conflict (down), stacked."""
    years = by_year(report.years, say)
    frame = pd.concat(
        [
            pd.DataFrame(
                {
                    "year": years["year"],
                    "told": years["told"],
                    "is_complete": years["is_complete"],
                    "kind": say(key),
                    "acts": years[column],
                    "height": sign * years[column],
                    "place": place,
                }
            )
            for key, column, sign, place, _ in _QUADS
        ]
    )
    tables = Tables()
    scale = alt.Scale(domain=[say(one[0]) for one in _QUADS], range=[one[4] for one in _QUADS])
    legend = alt.Legend(orient="top", symbolType="square")
    base = alt.Chart(tables.add(frame), width=WIDTH, height=150).encode(
        x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=-90)),
        y=alt.Y("height:Q", title=say("chart.acts_year"), stack="zero"),
        color=alt.Color("kind:N", title=None, scale=scale, legend=legend),
        order=alt.Order("place:Q"),
        tooltip=[
            alt.Tooltip("told:N", title=say("chart.year")),
            alt.Tooltip("kind:N", title=say("chart.kind")),
            alt.Tooltip("acts:Q", title=say("chart.acts")),
        ],
    )
    whole = base.mark_bar(stroke="white", strokeWidth=0.5)
    part = base.mark_bar(filled=False, strokeWidth=alt.ExprRef("datum.acts > 0 ? 1.4 : 0"))
    return finish(alt.layer(*whole_and_part(years, whole, part), zero_rule()), tables)
