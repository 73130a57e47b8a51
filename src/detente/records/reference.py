"""The reference tables: states and their codes, CAMEO codes and their weights."""

from __future__ import annotations

import csv
from pathlib import Path

from detente.base.errors import RawFileError
from detente.database.builder import Warehouse

_BOOLEANS = {"true": True, "false": False}


def load(warehouse: Warehouse, folder: Path) -> None:
    """Fill `core.actor`, its aliases and codes, `core.cameo` and `core.event_name` from `folder`.

    Raises
    ------
    RawFileError
        A table is missing or malformed. Unlike an event, a reference row is never skipped: every
        number rests on it.
    """
    for table, file in (
        ("core.actor", "actors.csv"),
        ("core.actor_alias", "actor_aliases.csv"),
        ("core.actor_code", "actor_codes.csv"),
        ("core.cameo", "cameo.csv"),
        ("core.event_name", "event_names.csv"),
    ):
        columns = warehouse.columns(table)
        warehouse.insert(table, columns, _rows(folder / file, columns))


def _rows(path: Path, columns: list[str]) -> list[list[str | bool | None]]:
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            if reader.fieldnames != columns:
                raise RawFileError(
                    f"{path}: expected the columns {','.join(columns)}, got "
                    f"{','.join(reader.fieldnames or [])}."
                )
            rows: list[list[str | bool | None]] = []
            keys: set[str] = set()
            for row in reader:
                where = f"{path}, line {reader.line_num}"
                if None in row or None in row.values():
                    raise RawFileError(
                        f"{where}: expected {len(columns)} fields, got another number. Quote a "
                        "field that holds a comma."
                    )
                if row[columns[0]] in keys:
                    raise RawFileError(
                        f"{where}: expected each {columns[0]} once, got {row[columns[0]]!r} again. "
                        "Remove one of the two rows."
                    )
                keys.add(row[columns[0]])
                rows.append([_BOOLEANS.get(row[name], row[name] or None) for name in columns])
            return rows
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RawFileError(
            f"{path}: expected a reference table as CSV in UTF-8: {error}"
        ) from error
