"""The balance: net points of the last twelve complete months, for every month of a series.

The one place of the report that reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from detente.database.builder import literal
from detente.database.published import Published
from detente.indices import intervals
from detente.report.model.reported import Reported

WINDOW = 12  # months
FEWEST = intervals.FEWEST  # events below which a balance is not judged

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Month:
    """One month of a pair, and the twelve months that end with it.

    Attributes
    ----------
    month
        First day of the month.
    net, n_events, n_source
        Points and events of the month alone, and events of all pairs in the source.
    is_complete
        Whether every file of the source covers the whole month.
    balance, lo, hi
        Points of the twelve months, with a 95 % interval; None before the twelfth month, in an
        incomplete month, and (the interval) where there are too few events.
    n_window
        Events of the twelve months.
    change, change_lo, change_hi
        The balance minus that of a year before; None where either is unknown.
    share_lower
        Share of the earlier windows that are lower; None where there are too few.
    """

    month: date
    net: float
    n_events: int
    n_source: int
    is_complete: bool
    balance: float | None = None
    lo: float | None = None
    hi: float | None = None
    n_window: int = 0
    change: float | None = None
    change_lo: float | None = None
    change_hi: float | None = None
    share_lower: float | None = None


def balances(
    database: Published, series: Reported, pairs: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], tuple[Month, ...]]:
    """Return the months of each pair, oldest first; none for a pair without any event."""
    frame = database.frame(
        """
        select
            actor1_iso3, actor2_iso3, period_start, net, n_occurrences, n_events, n_source_events,
            is_complete,
        from marts.dyad_month
        where source = ? and counting = ? and direction = 'undirected'
        order by actor1_iso3, actor2_iso3, period_start
        """,
        [series.source, series.counting],
    )
    wanted = set(pairs)
    found = {}
    for key, rows in frame.groupby(["actor1_iso3", "actor2_iso3"], sort=False):
        pair = cast("tuple[str, str]", key)
        if pair in wanted and rows["n_events"].sum():
            found[pair] = _months(rows, _draws(database, series, pair, rows), series)
    return found


def _draws(
    database: Published, series: Reported, pair: tuple[str, str], rows: pd.DataFrame
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return the net points of every month in each replicate, and the occurrences of each."""
    study = database.rows("select scale, officials, weighting from meta.study")[0]
    chosen = ", ".join(literal(name) for name in (*study, *pair))
    way = "once" if series.counting == "one_a_day" else "every"
    drawn = database.frame(
        f"""
        select
            date_trunc('month', day)::date as month, seed,
            coalesce({way}_forward_net, 0) + coalesce({way}_backward_net, 0) as net,
        from marts.occurrences({chosen})
        where source = ? and coalesce({way}_forward_weight, {way}_backward_weight) is not null
        order by month, seed
        """,  # noqa: S608  # names of the study
        [series.source],
    )
    starts = pd.DatetimeIndex(rows["period_start"])
    place = starts.get_indexer(pd.DatetimeIndex(drawn["month"]))
    inside = place >= 0
    drawn, place = drawn[inside], place[inside]
    sums = intervals.replicate_sums(
        drawn["seed"].to_numpy(dtype=np.uint64),
        place.astype(np.int64),
        drawn["net"].to_numpy(dtype=np.int64)[:, None],
        len(starts),
    )
    counts = np.bincount(place, minlength=len(starts)).astype(np.int64)
    return sums[:, 0] / intervals.MILLION, counts


def _months(
    rows: pd.DataFrame, drawn: tuple[Floats, npt.NDArray[np.int64]], series: Reported
) -> tuple[Month, ...]:
    replicates, counts = drawn
    volume = rows["n_source_events"].fillna(0).to_numpy(dtype=np.float64)
    net = rows["net"].fillna(0.0).to_numpy(dtype=np.float64)
    complete = rows["is_complete"].to_numpy(dtype=bool)
    factor = _per_1k(volume) if series.per_1k else np.ones(len(rows))
    windows = _rolling(net[:, None])[:, 0] * factor
    windows[~_whole(complete)] = np.nan
    spread = _rolling(replicates) * factor[:, None]
    n_window = _rolling(counts[:, None].astype(float))[:, 0]
    lo, hi = _bounds(spread, n_window)
    earlier = np.full(len(rows), np.nan)
    earlier[WINDOW:] = windows[:-WINDOW]
    change_lo, change_hi = _changes(spread, n_window)
    lower = _shares_lower(windows)
    return tuple(
        Month(
            month=start.date(),
            net=float(net[at]),
            n_events=int(counts[at]),
            n_source=int(volume[at]),
            is_complete=bool(complete[at]),
            balance=_known(windows[at]),
            lo=_known(min(lo[at], windows[at]) if windows[at] == windows[at] else np.nan),
            hi=_known(max(hi[at], windows[at]) if windows[at] == windows[at] else np.nan),
            n_window=int(n_window[at]) if windows[at] == windows[at] else 0,
            change=_known(windows[at] - earlier[at]),
            change_lo=_known(change_lo[at] + 0 * (windows[at] - earlier[at])),
            change_hi=_known(change_hi[at] + 0 * (windows[at] - earlier[at])),
            share_lower=_known(lower[at]),
        )
        for at, start in enumerate(rows["period_start"])
    )


def _rolling(values: Floats) -> Floats:
    """Return sums over the window that ends with each row; not a number before it is full."""
    total = np.cumsum(values, axis=0)
    out = np.full_like(total, np.nan)
    out[WINDOW - 1 :] = total[WINDOW - 1 :]
    out[WINDOW:] -= total[:-WINDOW]
    return out


def _whole(complete: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = _rolling(complete[:, None].astype(float))[:, 0] == WINDOW
    return found


def _per_1k(volume: Floats) -> Floats:
    total = _rolling(volume[:, None])[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 0, 1000.0 / total, np.nan)


def _bounds(spread: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return the expanded percentile interval of each window with enough occurrences."""
    lo, hi = np.full(len(spread), np.nan), np.full(len(spread), np.nan)
    enough = np.flatnonzero(np.nan_to_num(n) >= FEWEST)
    if len(enough):
        ordered = np.sort(spread[enough], axis=1)
        beyond = intervals.tail(n[enough].astype(np.int64))
        at = np.arange(len(enough))
        lo[enough] = ordered[at, beyond - 1]
        hi[enough] = ordered[at, intervals.REPLICATES - beyond]
    return lo, hi


def _changes(spread: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return the interval of each window minus the one a year before: they share no occurrence."""
    lo, hi = np.full(len(spread), np.nan), np.full(len(spread), np.nan)
    if len(spread) > WINDOW:
        fewer = np.minimum(n[WINDOW:], n[:-WINDOW])
        lo[WINDOW:], hi[WINDOW:] = _bounds(spread[WINDOW:] - spread[:-WINDOW], fewer)
    return lo, hi


_FEWEST_WINDOWS = 24


def _shares_lower(windows: Floats) -> Floats:
    out = np.full(len(windows), np.nan)
    known = np.flatnonzero(~np.isnan(windows))
    for number, at in enumerate(known):
        if number >= _FEWEST_WINDOWS:
            out[at] = np.mean(windows[known[:number]] < windows[at])
    return out


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
