"""What differs between the database under construction and the one it started from."""

from __future__ import annotations

from detente.database.builder import Warehouse


def has_base(warehouse: Warehouse) -> bool:
    """Say whether a step has the rows of a database before, and computes what differs alone."""
    return not warehouse.is_anew and bool(
        warehouse.rows("select 1 from duckdb_schemas() where schema_name = 'before' limit 1")
    )


def differs(warehouse: Warehouse, before: str, now: str) -> bool:
    """Say whether two queries return different rows, in whatever order."""
    return bool(
        warehouse.rows(
            f"select 1 from ((({before}) except all ({now})) "  # noqa: S608
            f"union all (({now}) except all ({before}))) limit 1"
        )
    )
