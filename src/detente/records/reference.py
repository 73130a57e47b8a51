"""The reference tables: states, their codes and spells, CAMEO codes and their weights."""

from __future__ import annotations

import csv
from pathlib import Path

from detente.base import assets
from detente.base.errors import RawFileError
from detente.database.builder import Warehouse

# What is known of a state; no event is read by it.
STATE_TABLES = (
    ("core.state_spell", "state_spells.csv"),
    ("core.state_coverage", "state_coverage.csv"),
)
TABLES = (
    ("core.actor", "actors.csv"),
    ("core.actor_alias", "actor_aliases.csv"),
    ("core.actor_code", "actor_codes.csv"),
    ("core.cameo", "cameo.csv"),
    ("core.event_name", "event_names.csv"),
    *STATE_TABLES,
)
# By how many of its first columns a row is named, where it is not by the first alone.
_KEYS = {"state_spells.csv": 2, "state_coverage.csv": 2}
_BOOLEANS = {"true": True, "false": False}


def load(warehouse: Warehouse, folder: Path) -> None:
    """Fill `core.actor`, what is known of states, `core.cameo` and `core.event_name`.

    Parameters
    ----------
    folder
        The study's own tables; one that is not there is taken from the package.

    Raises
    ------
    RawFileError
        A table is missing or malformed. Unlike an event, a reference row is never skipped: every
        number rests on it.
    """
    for table, file in TABLES:
        columns = warehouse.columns(table)
        warehouse.insert(table, columns, _rows(table_path(folder, file), columns))


def table_path(folder: Path, name: str) -> Path:
    """Return a reference table of the study's own folder, or else the one of the package."""
    own = folder / name
    return own if own.exists() else assets.reference() / name


def paths(folder: Path) -> list[tuple[str, Path]]:
    """Return every file of reference that a study reads, by its name below the folder.

    A file of the study's own folder replaces the package's of the same name; scales are those
    of both.
    """
    found: dict[str, Path] = {}
    for place in (assets.reference(), folder):
        for path in (*place.rglob("*.csv"), *(place / "scales").glob("*.toml")):
            found[path.relative_to(place).as_posix()] = path
    return sorted(found.items())


def _rows(path: Path, columns: list[str]) -> list[list[str | bool | None]]:
    key = columns[: _KEYS.get(path.name, 1)]
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            if reader.fieldnames != columns:
                raise RawFileError(
                    f"{path}: expected the columns {','.join(columns)}, got "
                    f"{','.join(reader.fieldnames or [])}."
                )
            rows: list[list[str | bool | None]] = []
            keys: set[tuple[str, ...]] = set()
            for row in reader:
                where = f"{path}, line {reader.line_num}"
                if None in row or None in row.values():
                    raise RawFileError(
                        f"{where}: expected {len(columns)} fields, got another number. Quote a "
                        "field that holds a comma."
                    )
                named = tuple(row[name] for name in key)
                if named in keys:
                    raise RawFileError(
                        f"{where}: expected each {' and '.join(key)} once, got "
                        f"{', '.join(map(repr, named))} again. Remove one of the two rows."
                    )
                keys.add(named)
                rows.append([_BOOLEANS.get(row[name], row[name] or None) for name in columns])
            return rows
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RawFileError(
            f"{path}: expected a reference table as CSV in UTF-8: {error}"
        ) from error
