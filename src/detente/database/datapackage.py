"""The description of an export after Frictionless Data: columns, types, keys, units and licences.

The format: https://specs.frictionlessdata.io.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import detente
from detente.base import files
from detente.base.errors import DetenteError
from detente.database.builder import Warehouse
from detente.database.curated import View
from detente.database.sql_files import contract, field_description

FILE_NAME = "datapackage.json"
_GENERATOR = "detente"
# Of the description: files of exports in other formats into the same folder, with checksums.
OTHERS = "otherFiles"
_FRICTIONLESS_TYPES = {
    "BIGINT": "integer", "BOOLEAN": "boolean", "DOUBLE": "number", "DATE": "date",
    "VARCHAR": "string",
}  # fmt: skip
_SHORT_NAME = re.compile(r"[A-Za-z0-9.+-]+")
_MEDIA_TYPES = {
    "parquet": "application/vnd.apache.parquet",
    "csv": "text/csv",
    "sqlite": "application/vnd.sqlite3",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class Table:
    """A view with the columns that it has in a database."""

    view: View
    columns: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """The view's own."""
        return self.view.name

    @property
    def query(self) -> str:
        """All its rows, in the order of its key."""
        order = ", ".join(self.view.key) or "all"
        return f"select * from {self.name} order by {order}"  # noqa: S608  # names of our own


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file as the description has it; empty where there is none."""
    return f"sha256:{files.digest(path)}" if path.is_file() else ""


def files_of_export(package: Path) -> dict[str, str]:
    """Return the files of an earlier export with their checksums; none where there was none."""
    try:
        content = json.loads(package.read_text(encoding="utf-8"))
        if content["generator"].startswith(_GENERATOR):
            now = {one["path"]: one["hash"] for one in content["resources"]}
            return {**now, **content[OTHERS]}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        pass  # another program's
    return {}


def describe(
    database: Warehouse,
    tables: Sequence[Table],
    places: Mapping[str, Path],
    form: str,
    with_bom: bool,
) -> dict[str, Any]:
    """Return the content of `datapackage.json`.

    Parameters
    ----------
    places
        The file of each table, by the table's name.
    form
        'parquet', 'csv', 'sqlite' or 'xlsx'.
    with_bom
        Whether CSV files begin with the mark of UTF-8.
    """
    name, as_of = database.rows("select name, as_of from meta.study")[0]
    units = dict(database.rows("select name, unit from indicator"))
    lists: Mapping[str, list[str]] = contract()["lists"]
    return {
        "profile": "data-package" if form != "csv" else "tabular-data-package",
        "name": "detente-" + "".join(one if one.isalnum() else "-" for one in name.lower()),
        "title": f"{name}: the curated layer of a detente database",
        "version": as_of.isoformat(),
        # Tells files of this program from those of others (`_demand_ours`).
        "generator": f"{_GENERATOR} {detente.__version__}",
        "licenses": [
            # The specification wants a short name; facts under terms in words have none.
            {"name": one if _SHORT_NAME.fullmatch(one) else "other", "title": one}
            for one in _licences(database)
        ],
        "sources": [
            {"title": title, "path": path, "licence": licence, "producer": producer}
            for title, path, licence, producer in database.rows(
                "select distinct coalesce(title, source), "
                "case when meta.is_hand_kept(source) then path "
                "else coalesce(url, source) end, licence, producer from meta.raw_file "
                "where meta.is_hand_kept(source) and status = 'loaded' union all "
                "select source, any_value(source), any_value(licence), any_value(producer) "
                "from meta.raw_file where not meta.is_hand_kept(source) group by source order by 1"
            )
        ],
        "resources": [
            _resource(table, places[table.name], form, with_bom, units, lists) for table in tables
        ],
    }


def _licences(database: Warehouse) -> list[str]:
    return [
        licence
        for (licence,) in database.rows(
            "select distinct licence from meta.raw_file where licence is not null order by licence"
        )
    ]


def _resource(
    table: Table,
    path: Path,
    form: str,
    with_bom: bool,
    units: Mapping[str, str],
    lists: Mapping[str, list[str]],
) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [_field(table, name, kind, units, lists) for name, kind in table.columns],
    }
    if form == "csv":
        schema["missingValues"] = [""]
    if table.view.key:
        schema["primaryKey"] = list(table.view.key)
    found: dict[str, Any] = {
        "name": table.name.replace("_", "-"),
        "title": table.name,
        "description": table.view.description,
        "path": path.name,
        "format": form,
        "mediatype": _MEDIA_TYPES[form],
        "bytes": path.stat().st_size,
        "hash": checksum(path),
        "schema": schema,
    }
    if form == "csv":
        found |= {"profile": "tabular-data-resource"}
        found |= {"encoding": "utf-8-sig" if with_bom else "utf-8"}
    if form == "sqlite":
        found["dialect"] = {"table": table.name}
    if form == "xlsx":
        found["dialect"] = {"sheet": table.name}
    return found


def _field(
    table: Table,
    name: str,
    kind: str,
    units: Mapping[str, str],
    lists: Mapping[str, list[str]],
) -> dict[str, Any]:
    if kind not in _FRICTIONLESS_TYPES:
        raise DetenteError(f"main.{table.name}: column `{name}` has the type {kind}, no scalar.")
    found: dict[str, Any] = {
        "name": name,
        "type": _FRICTIONLESS_TYPES[kind],
        "description": field_description(f"main.{table.name}", name),
    }
    if name in units:
        found["unit"] = units[name]
    constraints: dict[str, Any] = {}
    if name in table.view.key:
        constraints["required"] = True
    if f"{table.name}.{name}" in lists:
        constraints["enum"] = lists[f"{table.name}.{name}"]
    return found | ({"constraints": constraints} if constraints else {})
