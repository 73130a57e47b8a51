"""The event store: bulk events as Parquet, described by a manifest that is its one commit point.

Reading needs no lock. `detente.store.loader` writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from detente.base.errors import DetenteError
from detente.database.builder import Warehouse
from detente.database.reader import FOLDER_VARIABLE, pattern
from detente.store import manifest
from detente.store.manifest import Log, Manifest, Part

KINDS = ("event", "other")
# Tellings of an event that another row told first: not read by anyone until that row is gone.
AGAIN = "again"
FILE_COLUMNS: dict[str, str] = {
    "raw_file_id": "varchar", "source": "varchar", "url": "varchar", "path": "varchar",
    "bytes": "bigint", "sha256": "varchar", "published_md5": "varchar", "n_rows": "bigint",
    "n_loaded": "bigint", "n_out_of_scope": "bigint", "n_unknown": "bigint",
    "n_duplicate": "bigint",
    "n_rejected": "bigint", "status": "varchar", "note": "varchar", "title": "varchar",
    "producer": "varchar", "licence": "varchar", "covers_from": "date", "covers_to": "date",
    "named_to": "date", "first_event": "date", "last_event": "date",
    "loaded_at": "timestamp", "load_id": "varchar", "sequence": "bigint",
}  # fmt: skip
REJECTED_COLUMNS: dict[str, str] = {
    "raw_file_id": "varchar", "load_id": "varchar", "raw_row": "bigint", "column_name": "varchar",
    "value": "varchar", "reason": "varchar", "raw_text": "varchar",
}  # fmt: skip
# One row each time that a file could not be downloaded.
TRIED_COLUMNS: dict[str, str] = {
    "raw_file_id": "varchar", "attempts": "bigint", "tried_at": "timestamp",
}  # fmt: skip
LOG_COLUMNS = {"file": FILE_COLUMNS, "rejected": REJECTED_COLUMNS, "tried": TRIED_COLUMNS}
PART_COLUMNS: dict[str, dict[str, str]] = {
    "event": {
        "event_id": "varchar", "event_date": "date", "added_at": "timestamp",
        "actor1_iso3": "varchar", "actor2_iso3": "varchar", "actor1_sector": "varchar",
        "actor2_sector": "varchar", "is_official": "boolean", "is_preliminary": "boolean",
        "cameo_code": "varchar",
        "goldstein_reported": "double", "quad_class_reported": "utinyint",
        "n_mentions": "bigint", "n_sources": "bigint", "is_root_event": "boolean",
        "avg_tone": "double", "n_deaths": "bigint", "n_deaths_low": "bigint",
        "n_deaths_high": "bigint", "contexts": "varchar", "unknown_names": "varchar",
        "category": "varchar",
        "title": "varchar", "source_name": "varchar", "source_url": "varchar",
        "place_country": "varchar",
        "latitude": "double", "longitude": "double", "raw_file_id": "varchar",
        "raw_row": "bigint",
    },
    "other": {
        "event_id": "varchar", "event_date": "date", "reason": "varchar",
        "actor1_name": "varchar", "actor2_name": "varchar", "unknown1": "varchar",
        "unknown2": "varchar", "cameo_code": "varchar",
        "raw_file_id": "varchar", "raw_row": "bigint",
    },
}  # fmt: skip
# Which number of a file's account counts the rows of each kind of part.
OUTCOME_OF = {
    "event": "n_loaded", "other": "n_out_of_scope", "unknown": "n_unknown", AGAIN: "n_duplicate",
}  # fmt: skip
# Rows of unknown actors have a number of their own; they are kept in the parts of kind 'other'.
UNKNOWN = "an actor is unknown"
PART_COLUMNS[AGAIN] = {**PART_COLUMNS["event"], **PART_COLUMNS["other"]}
LOADED = ("loaded", "no_rows")
SUPERSEDED = "superseded"


class Store:
    """The folder of the event store. Writing needs the lock on the build; reading does not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def manifest(self) -> Manifest:
        """Return what the store holds now."""
        return manifest.read(self.folder)

    def exists(self) -> bool:
        """Say whether anything was ever committed."""
        return (self.folder / manifest.NAME).is_file()

    def paths(self, kind: str, of: Manifest | None = None) -> list[Path]:
        """Return the absolute paths of the parts or logs of a kind."""
        listed = of or self.manifest()
        return [(self.folder / one.path).resolve() for one in listed.files if one.kind == kind]

    def relation(self, kind: str) -> str:
        """Return SQL that reads the listed parts of a kind; typed and empty if there are none."""
        return relation(kind, self.paths(kind))

    def movable_relation(self, kind: str) -> str:
        """Return the same for a view of a database that may be moved with the store.

        Whoever opens the database elsewhere says where the store is by the variable
        `detente_events`; without it the view reads the store where it was when it was built.
        """
        paths = self.paths(kind)
        if not paths:
            return relation(kind, paths)
        folder = self.folder.resolve()
        place = f"coalesce(getvariable('{FOLDER_VARIABLE}'), '{pattern(folder)}/')"
        listed = ", ".join(f"{place} || '{pattern(one.relative_to(folder))}'" for one in paths)
        return relation(kind, paths).replace(read_parquet(paths), _read(listed))

    def files(
        self, warehouse: Warehouse, ids: Sequence[str] | None = None
    ) -> dict[str, dict[str, Any]]:
        """Return the present state of raw files by id; of those named, or of all."""
        columns = list(FILE_COLUMNS)
        chosen = "" if ids is None else "where raw_file_id in (select unnest(?::varchar[]))"
        rows = warehouse.rows(
            f"select {', '.join(columns)} from {self.relation('file')} {chosen} "  # noqa: S608
            "qualify row_number() over (partition by raw_file_id order by sequence desc) = 1",
            [] if ids is None else [list(ids)],
        )
        return {row[0]: dict(zip(columns, row, strict=True)) for row in rows}

    def damaged(self) -> list[Path]:
        """Return the listed parts and logs that are gone or no longer what was written.

        Reads every file of the store.
        """
        with Warehouse() as warehouse:
            return [
                (self.folder / one.path).resolve()
                for one in self.manifest().files
                if not self._is_whole(one, warehouse)
            ]

    def disagreeing(self, ids: Sequence[str] | None = None) -> list[str]:
        """Return the files whose accounts are not what the parts hold of them.

        Of those named, or of all; then it reads every part of the store.
        """
        chosen = "" if ids is None else "where raw_file_id in (from asked)"
        kept = " union all ".join(
            "select raw_file_id::varchar as raw_file_id, "  # noqa: S608
            f"'{kind}' as kind, count(distinct raw_row) as n "
            f"from {self.relation(kind)} {chosen} group by all"
            for kind in (*KINDS, AGAIN)
        )
        with Warehouse() as warehouse:
            warehouse.execute(
                "create temp table asked as select unnest(?::varchar[]) as id", [list(ids or ())]
            )
            held: dict[str, dict[str, int]] = {}
            for raw_file_id, kind, n in warehouse.rows(kept):
                held.setdefault(raw_file_id, {})[kind] = n
            return sorted(
                name
                for name, row in self.files(warehouse, ids).items()
                if held.get(name, {}) != _told(row)
            )

    def _is_whole(self, one: Part | Log, warehouse: Warehouse) -> bool:
        path = (self.folder / one.path).resolve()
        try:
            if one.checksum:
                return manifest.checksum(path) == one.checksum
            # Version 1 of the store kept no checksums: every value has to be read.
            rows = f"select hash(t) as h from {read_parquet([path])} as t"  # noqa: S608
            n = warehouse.rows(f"select count(*) from ({rows}) where h is not null")[0][0]  # noqa: S608
        except (OSError, DetenteError):
            return False
        return int(n) == one.n_rows

    def clean(self, needed: set[str] = frozenset()) -> None:  # type: ignore[assignment]
        """Remove what killed runs left, and what no database has read for a day."""
        if not self.folder.is_dir():
            return
        before = self.manifest()
        after = manifest.clean(self.folder, before, needed)
        if after != before:
            manifest.write(self.folder, after)


def _told(row: dict[str, Any]) -> dict[str, int]:
    """Return how many rows of a file the parts of each kind hold, by the file's account."""
    told = Counter[str]()
    if row["status"] in LOADED:
        for outcome, column in OUTCOME_OF.items():
            told["other" if outcome == "unknown" else outcome] += row[column] or 0
    return {kind: n for kind, n in told.items() if n}


def relation(kind: str, paths: Sequence[Path]) -> str:
    """Return SQL that reads exactly these parts of a kind; typed and empty if there are none."""
    columns = PART_COLUMNS.get(kind) or LOG_COLUMNS[kind]
    extra = {"source": "varchar"} if kind in PART_COLUMNS else {}
    nulls = ", ".join(f"null::{type_} as {name}" for name, type_ in {**columns, **extra}.items())
    if not paths:
        return f"(select {nulls} limit 0)"
    if kind in ("tried", "rejected"):
        return read_parquet(paths)
    # An older version wrote fewer columns; the empty rows say what there is now.
    listed = read_parquet(paths)
    return f"(select * from {listed} union all by name select {nulls} where false)"  # noqa: S608


def read_parquet(paths: Iterable[Path]) -> str:
    """Return SQL that reads exactly these files."""
    return _read(", ".join(f"'{pattern(path)}'" for path in paths))


def _read(listed: str) -> str:
    return f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"


def quoted(value: object) -> str:
    """Return a value as the inside of a text literal of SQL."""
    return str(value).replace("'", "''")
