"""Which events of the store the SQL files read: all of them, or those of the days that changed.

The files of `sql/` read the parts of a kind by the macro `core.part_KIND()`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from detente.base import assets
from detente.database.builder import Warehouse
from detente.database.quoting import literal
from detente.database.sql_files import PRIVATE
from detente.store.events import KINDS


def relate(warehouse: Warehouse, relations: Mapping[str, str]) -> None:
    """Tell the SQL files what to read of the parts of each kind.

    Parameters
    ----------
    relations
        By the kind, what may stand after `from` and yields its rows.
    """
    for kind, rows in relations.items():
        _define(warehouse, f"stored_{kind}", f"from {rows}", f"Every part of kind '{kind}'.")
        _show(warehouse, kind, f"from core.stored_{kind}()")


def run(warehouse: Warehouse, name: str, parameters: Sequence[Any] = ()) -> None:
    """Run a statement of `sql/refresh`."""
    path = assets.sql() / "refresh" / f"{name}.sql"
    warehouse.execute(path.read_text(encoding="utf-8"), parameters, where=str(path))


@contextmanager
def narrowed(warehouse: Warehouse, changed: str) -> Iterator[None]:
    """Let the events of the store be those of the days that a table of changes needs.

    `sql/refresh/days_of_CHANGED.sql` says which these are. Parquet's statistics let whole parts and
    row groups be skipped, so that the cost follows the days and not the history.
    """
    run(warehouse, f"days_of_{changed}")
    for kind in KINDS:
        _show(
            warehouse,
            kind,
            f"select * from core.stored_{kind}() as part "  # noqa: S608
            "where part.event_date in (select day from before.wanted_day)",
        )
    try:
        yield
    finally:
        for kind in KINDS:
            _show(warehouse, kind, f"from core.stored_{kind}()")


def _show(warehouse: Warehouse, kind: str, query: str) -> None:
    _define(warehouse, f"part_{kind}", query, f"The parts of kind '{kind}' that are read.")


def _define(warehouse: Warehouse, name: str, query: str, about: str) -> None:
    warehouse.execute(f"create or replace macro core.{name}() as table {query}")
    about = f"{PRIVATE} {about} The rows of the event store as they are kept."
    warehouse.execute(f"comment on macro table core.{name} is {literal(about)}")
