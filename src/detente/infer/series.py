"""The series and events that the questions are asked of, from the marts under construction."""

from __future__ import annotations

import pandas as pd

from detente import incremental
from detente.infer.rows import COUNTING, FREQ, SOURCE, Pair
from detente.inference.events import Event
from detente.warehouse import Warehouse


def has_series(warehouse: Warehouse) -> bool:
    """Say whether the source has any series."""
    query = "select 1 from marts.dyad_month where source = ? limit 1"
    return bool(warehouse.rows(query, [SOURCE]))


def reads_differ(warehouse: Warehouse) -> bool:
    """Say whether anything that the questions read differs from the database before.

    A question that reads more than the months and records of SOURCE needs a line of its own here.
    """
    reads = [
        (
            f"select * from before.month where source = '{SOURCE}'",  # noqa: S608
            "select * exclude (freq) from marts.dyad_index "  # noqa: S608
            f"where freq = '{FREQ}' and source = '{SOURCE}'",
        ),
        ("from before.record_event", "from core.record_event"),
        (
            "from before.record_file",
            f"select raw_file_id, label from meta.raw_file where source = '{SOURCE}'",  # noqa: S608
        ),
    ]
    return any(incremental.differs(warehouse, before, now) for before, now in reads)


def net_scores(warehouse: Warehouse, direction: str, pair: Pair) -> pd.Series:
    """Return one dyad's net score by complete month."""
    frame = warehouse.frame(
        """
        select period_start, net
        from marts.dyad_month
        where
            source = ? and counting = ? and direction = ? and actor1_iso3 = ?
            and actor2_iso3 = ? and is_complete
        order by period_start
        """,
        [SOURCE, COUNTING, direction, *pair],
    )
    return _monthly(frame, "net")


def _monthly(frame: pd.DataFrame, column: str) -> pd.Series:
    months = pd.PeriodIndex(pd.to_datetime(frame["period_start"]), freq="M")
    return pd.Series(frame[column].to_numpy(dtype=float), index=months, name=column)


def net_scores_without(warehouse: Warehouse, pair: Pair, label: str) -> pd.Series:
    """Return a dyad's net score by complete month without the records of one kind."""
    frame = warehouse.frame(
        """
        with kept as (
            select date_trunc('month', event.event_date)::date as period_start, event.net
            from marts.dyad_event as event
            inner join meta.raw_file as raw_file using (raw_file_id)
            where event.source = ? and event.actor1_iso3 = ? and event.actor2_iso3 = ?
                and raw_file.label <> ?
        )

        select
            month.period_start,
            coalesce(sum(kept.net::decimal(18, 6)), 0)::double as net,
        from marts.dyad_month as month
        left join kept using (period_start)
        where
            month.source = ? and month.counting = ? and month.direction = 'undirected'
            and month.actor1_iso3 = ? and month.actor2_iso3 = ? and month.is_complete
        group by month.period_start
        order by month.period_start
        """,
        [SOURCE, *pair, label, SOURCE, COUNTING, *pair],
    )
    return _monthly(frame, "net")


def events_of(warehouse: Warehouse, pair: Pair, label: str) -> list[Event]:
    """Return the days of one kind: those on the dyad, or of the whole study if none is on it."""
    query = """
        select distinct event.event_date
        from marts.dyad_event as event
        inner join meta.raw_file as raw_file using (raw_file_id)
        where event.source = ? and raw_file.label = ?
            and (event.actor1_iso3, event.actor2_iso3) = (?, ?)
        order by event.event_date
        """
    own = warehouse.rows(query, [SOURCE, label, *pair])
    if not own:
        everywhere = query.replace("and (event.actor1_iso3, event.actor2_iso3) = (?, ?)", "")
        own = warehouse.rows(everywhere, [SOURCE, label])
    return [Event(when=day, category=label) for (day,) in own]
