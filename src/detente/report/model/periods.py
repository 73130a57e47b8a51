"""Rows of the index tables as periods."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

import pandas as pd

from detente.report.model.content import DyadReport, Period, Place

_FEWEST_HISTORY = 12  # months that a rank is worth giving among


def periods_of(frame: pd.DataFrame) -> list[Period]:
    """Return the rows of `detente.indices.reading.series` as periods, in their order."""
    return [
        Period(
            start=row["period_start"].date(),
            n_events=int(row["n_events"]),
            n_conflict=int(row["n_conflict"]),
            cooperation=float(row["cooperation"]),
            conflict=float(row["conflict"]),
            net=float(row["net"]),
            net_lo=_known(row["net_lo"]),
            net_hi=_known(row["net_hi"]),
            stock=float(row["stock"]),
            is_complete=bool(row["is_complete"]),
            score=_known(row["score"]),
            as_good_before=_day(row["as_good_before"]),
            as_bad_before=_day(row["as_bad_before"]),
        )
        for row in frame.to_dict("records")
    ]


def joined(reports: Sequence[DyadReport], name: str) -> pd.DataFrame:
    """Return one frame of several dyads (`months`, `years`) with the title of each as `dyad`."""
    frames: list[pd.DataFrame] = [
        getattr(report, name).assign(dyad=report.title) for report in reports
    ]
    return pd.concat(frames, ignore_index=True)


def _day(value: pd.Timestamp) -> date | None:
    return None if pd.isna(value) else value.date()


def _known(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def complete(periods: Sequence[Period]) -> list[Period]:
    """Return the periods that every file of the source covers whole."""
    return [period for period in periods if period.is_complete]


def place(full: Sequence[Period]) -> Place | None:
    """Return where the last score stands among the earlier ones; none where they are few."""
    last = full[-1].score if full else None
    before = [month.score for month in full[:-1] if month.score is not None]
    if last is None or len(before) < _FEWEST_HISTORY:
        return None
    below, above = sum(one < last for one in before), sum(one > last for one in before)
    # Never rounded up to all of them.
    percent = math.floor(100 * max(below, above) / len(before))
    return Place(below >= above, percent, len(before))
