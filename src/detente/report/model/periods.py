"""Rows of the index tables as periods."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from detente.report.model.content import Period


def periods_of(frame: pd.DataFrame) -> list[Period]:
    """Return the rows of `detente.index.series` as periods, in their order."""
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
        )
        for row in frame.to_dict("records")
    ]


def _known(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def complete(periods: Sequence[Period]) -> list[Period]:
    """Return the periods that every file of the source covers whole."""
    return [period for period in periods if period.is_complete]
