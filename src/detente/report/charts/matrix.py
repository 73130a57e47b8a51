"""All dyads and years as a matrix."""

from __future__ import annotations

import altair as alt

from detente.report.charts.style import CONFLICT, COOPERATION, WIDTH, Spec, dated, finish
from detente.report.model import Overview


def dyad_matrix(overview: Overview) -> Spec:
    """Net score of every dyad and year as a matrix; darker is further from zero."""
    frame = dated(overview.years, "period_start")[["year", "dyad", "net", "n_events"]]
    bound = max(float(frame["net"].abs().max()), 1.0)
    chart = (
        alt.Chart(frame, width=WIDTH - 130, height=alt.Step(26))
        .mark_rect(stroke="white", strokeWidth=1)
        .encode(
            x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=-90)),
            y=alt.Y("dyad:N", title=None, sort=list(dict.fromkeys(frame["dyad"]))),
            color=alt.Color(
                "net:Q",
                title="Net score",
                scale=alt.Scale(
                    domain=[-bound, 0, bound], range=[CONFLICT, "#f7f7f7", COOPERATION]
                ),
                legend=alt.Legend(orient="top", gradientLength=220),
            ),
            tooltip=[
                alt.Tooltip("dyad:N", title="Dyad"),
                alt.Tooltip("year:O", title="Year"),
                alt.Tooltip("net:Q", title="Net score", format=".1f"),
                alt.Tooltip("n_events:Q", title="Acts"),
            ],
        )
    )
    return finish(chart)
