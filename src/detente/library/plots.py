"""Charts of a series with the answer to a question; Altair is loaded when one is drawn."""

from __future__ import annotations

from typing import Any

import pandas as pd

# An Altair chart; its own types change with how layers are joined.
Chart = Any

_WIDTH, _HEIGHT = 680, 260
_INK, _ACCENT = "#16202A", "#C2570C"


def line(series: pd.Series, title: str) -> Chart:
    """Return the series as a line over the first day of each period."""
    import altair as alt

    frame = pd.DataFrame({"start": _starts(series.index), "value": series.to_numpy(dtype=float)})
    return (
        alt.Chart(frame, width=_WIDTH, height=_HEIGHT, title=title)
        .mark_line(color=_INK, strokeWidth=1)
        .encode(x=alt.X("start:T", title=None), y=alt.Y("value:Q", title=str(series.name)))
    )


def with_breaks(series: pd.Series, title: str, breaks: pd.DataFrame) -> Chart:
    """Return the series with the mean of each regime and the interval of each date.

    Parameters
    ----------
    breaks
        One row per regime: ``start``, ``end`` (timestamps) and ``mean``; and ``lower``, ``upper``
        of the break that ends it, missing where none does.
    """
    import altair as alt

    means = (
        alt.Chart(breaks)
        .mark_rule(color=_ACCENT, strokeWidth=2)
        .encode(x="start:T", x2="end:T", y="mean:Q")
    )
    dated = breaks.dropna(subset=["lower", "upper"])
    intervals = (
        alt.Chart(dated).mark_rect(color=_ACCENT, opacity=0.15).encode(x="lower:T", x2="upper:T")
    )
    return alt.layer(intervals, line(series, title), means)


def with_fan(series: pd.Series, title: str, forecast: pd.DataFrame) -> Chart:
    """Return the last ten years of the series and the bands of what comes next.

    Parameters
    ----------
    forecast
        One row per period ahead: ``start`` (timestamp), ``median``, ``lower_80``, ``upper_80``,
        ``lower_95``, ``upper_95``.
    """
    import altair as alt

    base = alt.Chart(forecast).encode(x="start:T")
    bands = [
        base.mark_area(color=_ACCENT, opacity=0.2).encode(y=f"lower_{level}:Q", y2=f"upper_{level}")
        for level in ("95", "80")
    ]
    middle = base.mark_line(color=_ACCENT).encode(y="median:Q")
    return alt.layer(*bands, line(series.iloc[-120:], title), middle)


def coefficients(terms: pd.DataFrame, title: str, label: str) -> Chart:
    """Return estimates as points with their intervals.

    Parameters
    ----------
    terms
        One row per estimate: the column ``label``, ``value``, ``lower`` and ``upper``.
    """
    import altair as alt

    base = alt.Chart(terms, width=_WIDTH, title=title).encode(y=alt.Y(f"{label}:N", title=None))
    zero = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(strokeDash=[4, 4]).encode(x="zero:Q")
    return alt.layer(
        zero,
        base.mark_rule(color=_INK).encode(x="lower:Q", x2="upper:Q"),
        base.mark_point(color=_INK, filled=True, size=60).encode(x="value:Q"),
    )


def _starts(index: pd.Index) -> pd.Index:
    return index.to_timestamp() if isinstance(index, pd.PeriodIndex) else index
