"""What a report shows, for programs: a zip file of CSV and JSON beside each page.

Every bundle is a Frictionless Data Package (https://specs.frictionlessdata.io/data-package/): the
file `datapackage.json` names each table with its columns, types, units and meanings. The same
content gives the same bytes (under one version of zlib).
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite
from typing import Any

import detente
from detente.base.control_characters import no_formula
from detente.database.tables import plain
from detente.report.model.origin import Provenance

# A zip file holds a time for each member; the earliest that the format knows stands for none.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_READ_ALL = 0o644 << 16
# Values that the writer of CSV files writes as they should stand there.
_WRITTEN = (int, date, type(None))
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Column:
    """A column of a table: its Frictionless type, and what it means (empty where nobody says)."""

    name: str
    type: str
    description: str = ""


@dataclass(frozen=True)
class Resource:
    """One file of a bundle; `columns` is empty where it is no table."""

    path: str
    description: str
    content: bytes
    columns: tuple[Column, ...] = ()


def table(
    path: str, description: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]
) -> Resource:
    """Return a table as CSV: UTF-8, a header, empty where a value is missing, lists as JSON."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in columns])
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return Resource(path, description, text.getvalue().encode("utf-8"), tuple(columns))


def document(path: str, description: str, content: object) -> Resource:
    """Return a document as JSON, keys in order."""
    text = json.dumps(_tree(content), ensure_ascii=False, indent=1, sort_keys=True)
    return Resource(path, description, (text + "\n").encode("utf-8"))


def _tree(content: object) -> object:
    if isinstance(content, Mapping):
        return {str(key): _tree(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [_tree(value) for value in content]
    return plain(content)


def _cell(value: Any) -> Any:
    # Most cells are plain already; a bundle has a hundred thousand of them.
    known = type(value)
    if known in _WRITTEN or (known is float and isfinite(value)):
        return value
    if known is str:
        return no_formula(value)
    simple = plain(value)
    if isinstance(simple, bool):
        return "true" if simple else "false"
    if isinstance(simple, (list, dict)):
        return json.dumps(simple, ensure_ascii=False, sort_keys=True)
    return no_formula(simple) if isinstance(simple, str) else simple


# -- the package ---------------------------------------------------------------------------------


def kind(values: Iterable[Any]) -> str:
    """Return the Frictionless type of values, gaps aside."""
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, str) and _DAY.fullmatch(value) for value in known):
        return "date"
    for name, types in (
        ("boolean", (bool,)),
        ("integer", (int,)),
        ("number", (int, float)),
        ("datetime", (datetime,)),
        ("date", (date,)),
        ("array", (list, tuple)),
    ):
        if known and all(
            isinstance(value, types) and (name == "boolean" or not isinstance(value, bool))
            for value in known
        ):
            return name
    return "string"


def package(slug: str, title: str, resources: Iterable[Resource], origin: Provenance) -> bytes:
    """Return the zip file of a report: its resources and their description.

    Parameters
    ----------
    slug, title
        Name of the report's files, and its title.
    resources
        Paths must differ.
    origin
        What the numbers rest on.
    """
    listed = sorted(resources, key=lambda one: one.path)
    descriptor = document("datapackage.json", "", describe(slug, title, listed, origin))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for one in (descriptor, *listed):
            info = zipfile.ZipInfo(one.path, date_time=_NO_TIME)
            # Else the name of the operating system would be part of the bytes.
            info.create_system = 3
            info.external_attr = _READ_ALL
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, one.content)
    return stream.getvalue()


def describe(
    slug: str, title: str, resources: Sequence[Resource], origin: Provenance
) -> dict[str, Any]:
    """Return the descriptor of a bundle (Frictionless Data Package, version 1)."""
    return {
        "profile": "data-package",
        "name": slug.lower(),
        "title": title,
        "description": (
            "The data behind a report of detente. Events "
            f"{origin.first_day} to {origin.last_day}, complete to {origin.complete_to}. The "
            "folder tests holds the rows of stats.* with their hypotheses and settings."
        ),
        "version": origin.inputs_sha256[:16],
        "sources": [
            {
                "title": f"{file.title} ({file.raw_file_id}). {file.producer}. "
                f"Licence: {file.licence or 'not named'}."
            }
            for file in origin.files
        ],
        "resources": [_resource(one) for one in resources],
        "detente": {
            "version": detente.__version__,
            "git_revision": origin.git_revision or "unknown",
            "inputs_sha256": origin.inputs_sha256,
            "packages": dict(origin.versions),
        },
    }


def _resource(one: Resource) -> dict[str, Any]:
    stem, _, suffix = one.path.rpartition(".")
    common = {
        "name": stem.lower().replace("/", "-"),
        "path": one.path,
        "description": one.description,
        "format": suffix,
        "encoding": "utf-8",
        "bytes": len(one.content),
        "hash": f"sha256:{hashlib.sha256(one.content).hexdigest()}",
    }
    if not one.columns:
        return {**common, "profile": "data-resource", "mediatype": "application/json"}
    return {
        **common,
        "profile": "tabular-data-resource",
        "mediatype": "text/csv",
        "schema": {
            "fields": [
                {"name": column.name, "type": column.type}
                | ({"description": column.description} if column.description else {})
                for column in one.columns
            ],
            "missingValues": [""],
        },
    }
