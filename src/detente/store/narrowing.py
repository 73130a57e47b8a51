"""Read only those days of the event store that an incremental build recomputes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from detente.base import assets
from detente.database.builder import Warehouse
from detente.store.events import KINDS

_WANTED_DAYS: Mapping[str, str] = {
    "meta.changed_cell": "select day from meta.changed_cell",
    "before.changed_month": "select unnest(generate_series(period_start, "
    "last_day(period_start), interval 1 day))::date from before.changed_month",
    # Quarters and years are added up from their months (detente.indices.draws).
    "before.changed_period": "select unnest(generate_series(period_start, period_end, "
    "interval 1 day))::date from (select source, period_start, period_end "
    "from before.changed_period where freq = 'week' union all "
    "select source, period_start, period_end from before.drawn_month) where source <> 'records'",
}


def run(warehouse: Warehouse, name: str, source: str = "") -> None:
    """Run a statement of `sql/refresh`; `$source` in it stands for the name of a source."""
    path = assets.sql() / "refresh" / f"{name}.sql"
    text = path.read_text(encoding="utf-8").replace("$source", source)
    warehouse.execute(warehouse.related(text), where=str(path))


@contextmanager
def narrowed(warehouse: Warehouse, changed: str) -> Iterator[None]:
    """Let the events of the store be those of the days that a table of changes needs.

    Parquet's statistics let whole parts and row groups be skipped, so that the cost follows the
    days and not the history.
    """
    whole = dict(warehouse.relations)
    warehouse.execute(
        f"create or replace table before.wanted_day as select distinct day from ({_WANTED_DAYS[changed]}) as days (day)"  # noqa: S608, E501
    )
    warehouse.relations = {
        kind: f"(select * from {whole[kind]} as part "  # noqa: S608
        "where part.event_date in (select day from before.wanted_day))"
        for kind in KINDS
    }
    try:
        for table in ("core.store_event", "core.store_other"):
            warehouse.build(table)
        yield
    finally:
        warehouse.relations = whole
        for table in ("core.store_event", "core.store_other"):
            warehouse.build(table)
