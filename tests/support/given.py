"""Tables that hold given rows, so that one file of `sql/` can be tried over them by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from detente.database.builder import Warehouse
from detente.store import part_macros
from detente.store.events import KINDS, PART_COLUMNS

Row = dict[str, Any]


class Given:
    """A database in which every table and view is empty until a test says what it holds.

    What a row leaves out is null, whatever the table demands.
    """

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse

    def put(self, table: str, *rows: Row) -> None:
        """Let a table or view hold these rows and no others."""
        described = self.warehouse.rows(f"describe {table}")
        columns = {name: kind for name, kind, *_ in described}
        self._drop(table)
        self._fill(table, columns, rows)

    def put_part(self, kind: str, *rows: Row) -> None:
        """Let the parts of a kind in the event store hold these rows."""
        self._drop(f"given_{kind}")
        self._fill(f"given_{kind}", {"source": "varchar", **PART_COLUMNS[kind]}, rows)
        part_macros.relate(self.warehouse, {kind: f"given_{kind}"})

    def ask(self, table: str, query: str) -> list[tuple[Any, ...]]:
        """Build a table, view or macro over what is given, and ask it."""
        if "." in table:
            self._drop(table)
        self.warehouse.build(table)
        return self.warehouse.rows(query)

    @contextmanager
    def for_a_while(self) -> Iterator[None]:
        """Take back at the end of the block whatever was put in within it."""
        self.warehouse.execute("begin")
        try:
            yield
        finally:
            self.warehouse.execute("rollback")

    def _fill(self, table: str, columns: dict[str, str], rows: tuple[Row, ...]) -> None:
        typed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        self.warehouse.execute(f"create table {table} ({typed})")
        named = [name for name in columns if any(name in row for row in rows)]
        if unknown := {name for row in rows for name in row} - columns.keys():
            raise KeyError(f"{table} has no column {', '.join(sorted(unknown))}")
        self.warehouse.insert(table, named, [[row.get(name) for name in named] for row in rows])

    def _drop(self, table: str) -> None:
        schema, _, name = table.rpartition(".")
        found = self.warehouse.rows(
            "select table_type from information_schema.tables "
            "where table_schema = ? and table_name = ?",
            [schema or "main", name],
        )
        for (kind,) in found:
            self.warehouse.execute(f"drop {'view' if kind == 'VIEW' else 'table'} {table}")


@contextmanager
def nothing() -> Iterator[Given]:
    """Have every table and view of `sql/`, over no row at all."""
    with Warehouse() as warehouse:
        warehouse.create_inputs()
        given = Given(warehouse)
        for kind in (*KINDS, "again"):
            given.put_part(kind)
        for _ in warehouse.derived():
            pass
        yield given
