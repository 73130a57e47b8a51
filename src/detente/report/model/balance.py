"""The balance: net points of the last twelve complete months, for every month of a series.

The one place of the report that reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from detente.database.published import Published
from detente.indices.balance import FEWEST_WINDOWS
from detente.indices.balance import MONTHS as WINDOW
from detente.indices.intervals import FEWEST
from detente.report.model.reported import Reported

__all__ = ["FEWEST", "WINDOW", "Month", "balances"]


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
    is_known
        Whether anything is known of it. Points and events of a month that is not are 0 here.
    balance, lo, hi
        Points of the twelve months, with a 95% interval; None before the twelfth month, in an
        incomplete month, and (the interval) where there are too few events.
    n_window
        Events of the twelve months.
    change, change_lo, change_hi
        The balance minus that of a year before; None where either is unknown.
        Of a series per 1,000 events the change is bounded by the ends of both intervals, which is
        on the safe side.
    share_lower
        Share of the earlier windows that are lower; None where there are too few.
    bilateral, n_bilateral
        The balance, and the number of events, without those that name a third state; None where
        the source does not tell.
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
    bilateral: float | None = None
    n_bilateral: int | None = None
    is_known: bool = True


_COLUMNS = (
    "month", "net", "n_events", "n_source", "is_complete", "balance", "lo", "hi", "n_window",
    "change", "change_lo", "change_hi", "share_lower", "bilateral", "n_bilateral",
    "is_known",
)  # fmt: skip


def balances(
    database: Published, series: Reported, pairs: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], tuple[Month, ...]]:
    """Return the months of each pair, oldest first; none for a pair without any event."""
    per = "_per_1k" if series.per_1k else ""
    rows = database.rows(
        f"""
        with occurrence as (
            -- A record that acts both ways is one event to a reader.
            select
                least(actor1_iso3, actor2_iso3) as actor1_iso3,
                greatest(actor1_iso3, actor2_iso3) as actor2_iso3,
                date_trunc('month', event_date)::date as period_start,
                count(distinct coalesce(record_id, event_id)) as n,
            from core.event
            where source = $1 and record_id is not null
            group by all
        )

        select
            month.actor1_iso3, month.actor2_iso3, month.period_start,
            coalesce(month.net, 0), coalesce(occurrence.n, month.n_events, 0),
            coalesce(month.n_source_events, 0), month.is_complete,
            if(twelve.is_complete, net_12m{per}, null),
            if(twelve.is_complete, net_12m{per}_lo, null),
            if(twelve.is_complete, net_12m{per}_hi, null),
            if(twelve.is_complete, n_occurrences_12m, 0),
            if(twelve.is_complete, change_12m, null),
            if(twelve.is_complete, change_12m_lo, null),
            if(twelve.is_complete, change_12m_hi, null),
            if(twelve.is_complete, share_lower, null),
            if(twelve.is_complete, net_12m_bilateral, null),
            if(twelve.is_complete, n_events_12m_bilateral, null),
            month.n_events is not null,
        from marts.dyad_month as month
        left join stats.balance as twelve using (
            source, counting, actor1_iso3, actor2_iso3, period_start
        )
        left join occurrence using (actor1_iso3, actor2_iso3, period_start)
        where month.source = $1 and month.counting = $2 and month.direction = 'undirected'
        order by month.actor1_iso3, month.actor2_iso3, month.period_start
        """,  # noqa: S608  # one of two suffixes
        [series.source, series.counting],
    )
    wanted = set(pairs)
    found: dict[tuple[str, str], list[Month]] = {}
    for one, two, *values in rows:
        if (one, two) in wanted:
            month = Month(**dict(zip(_COLUMNS, values, strict=True)))
            found.setdefault((one, two), []).append(month)
    return {
        pair: _with_changes(months) if series.per_1k else tuple(months)
        for pair, months in found.items()
        if any(one.n_events for one in months)
    }


def _with_changes(months: Sequence[Month]) -> tuple[Month, ...]:
    """Return months per 1,000 events with their change and their place among the earlier ones."""
    found = []
    values: list[float] = []
    for place, one in enumerate(months):
        if one.balance is None:
            found.append(one)
            continue
        before = months[place - WINDOW] if place >= WINDOW else None
        found.append(replace(one, **_change(one, before), share_lower=_share(values, one.balance)))
        values.append(one.balance)
    return tuple(found)


def _change(one: Month, before: Month | None) -> dict[str, Any]:
    if before is None or before.balance is None or one.balance is None:
        return {"change": None, "change_lo": None, "change_hi": None}
    known = None not in (one.lo, one.hi, before.lo, before.hi)
    return {
        "change": one.balance - before.balance,
        "change_lo": (one.lo or 0.0) - (before.hi or 0.0) if known else None,
        "change_hi": (one.hi or 0.0) - (before.lo or 0.0) if known else None,
    }


def _share(earlier: Sequence[float], value: float) -> float | None:
    if len(earlier) < FEWEST_WINDOWS:
        return None
    return sum(one < value for one in earlier) / len(earlier)
