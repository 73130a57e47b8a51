"""The event store: bulk events as Parquet, described by a manifest that is its one commit point.

Reading needs no lock. `detente.store.loader` writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from detente.base.errors import CommitConflict, DetenteError
from detente.database.builder import Warehouse
from detente.database.reader import FOLDER_VARIABLE, pattern
from detente.settings import Settings
from detente.store import manifest
from detente.store.files import Address, Files, files_of
from detente.store.manifest import Log, Manifest, Part

KINDS = ("event", "other")
# Rows of an event that another row reports first: not read until that row is gone.
AGAIN = "again"
FILE_COLUMNS: dict[str, str] = {
    "raw_file_id": "varchar", "source": "varchar", "url": "varchar", "path": "varchar",
    "bytes": "bigint", "modified_ns": "bigint", "sha256": "varchar", "published_md5": "varchar",
    "is_listed": "boolean", "n_rows": "bigint",
    "n_loaded": "bigint", "n_out_of_scope": "bigint", "n_unknown": "bigint",
    "n_duplicate": "bigint",
    "n_rejected": "bigint", "status": "varchar", "note": "varchar", "title": "varchar",
    "producer": "varchar", "licence": "varchar", "covers_from": "date", "covers_to": "date",
    "named_to": "date", "first_event": "date", "last_event": "date",
    "places": "varchar", "numbering": "utinyint", "loaded_at": "timestamp",
    "load_id": "varchar", "sequence": "bigint",
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
        "latitude": "double", "longitude": "double", "told_at": "timestamp",
        "numbering": "utinyint", "numbered_in": "varchar",
        "raw_file_id": "varchar", "raw_row": "bigint",
    },
    "other": {
        "event_id": "varchar", "event_date": "date", "reason": "varchar",
        "actor1_name": "varchar", "actor2_name": "varchar", "unknown1": "varchar",
        "unknown2": "varchar", "cameo_code": "varchar", "told_at": "timestamp",
        "numbering": "utinyint", "numbered_in": "varchar",
        "raw_file_id": "varchar", "raw_row": "bigint",
    },
}  # fmt: skip
# Which number of a file's account counts the rows of each kind of part.
OUTCOME_OF = {
    "event": "n_loaded", "other": "n_out_of_scope", "unknown": "n_unknown", AGAIN: "n_duplicate",
}  # fmt: skip
# Which outcomes the rows of each kind of part have.
OUTCOMES_IN = {"event": ("event",), "other": ("other", "unknown"), AGAIN: (AGAIN,)}
# Rows of unknown actors have a number of their own; they are kept in the parts of kind 'other'.
UNKNOWN = "an actor is unknown"
PART_COLUMNS[AGAIN] = {**PART_COLUMNS["event"], **PART_COLUMNS["other"]}
LOADED = ("loaded", "no_rows")
# Ends a query of the ledger: of each file the latest row.
PRESENT = "qualify row_number() over (partition by raw_file_id order by sequence desc) = 1"
SUPERSEDED = "superseded"
NOT_RECOGNISED = "not_recognised"
_TAKEN_AT_ONCE, _TOLD_AT_ONCE = 10_000, 150_000


class Store:
    """The event store. Writing needs the lock on the build; reading does not.

    Parameters
    ----------
    place
        A local folder, the files of a store, or the settings that name one.
    """

    def __init__(self, place: Files | Path | Settings) -> None:
        self.place = files_of(place)

    @property
    def folder(self) -> Path:
        """On the local disk: what is under way, and of a local store everything else."""
        return self.place.folder

    def manifest(self) -> Manifest:
        """Read the ledger of the last commit: the parts, the raw files and the recipes."""
        return manifest.read(self.place)

    def exists(self) -> bool:
        """Say whether anything was ever committed."""
        return self.place.listed() is not None

    def paths(self, kind: str, of: Manifest | None = None) -> list[Address]:
        """Return where the parts or logs of a kind lie: absolute paths, or addresses."""
        listed = of or self.manifest()
        return [self.place.address(one.path) for one in listed.files if one.kind == kind]

    def is_there(self, address: Address) -> bool:
        """Say whether there is a file of the store at an address."""
        return self.place.has(str(address).removeprefix(f"{self.place.root}/"))

    def relation(self, kind: str) -> str:
        """Return SQL that reads the listed parts of a kind; typed and empty if there are none."""
        return relation(kind, self.paths(kind))

    def relocatable_relation(self, kind: str) -> str:
        """Return the same for a view of a database that may be moved with the store.

        Whoever opens the database elsewhere says where the store is by the variable
        `detente_events`; without it the view reads the store where it was when it was built.
        """
        paths = self.paths(kind)
        if not paths:
            return relation(kind, paths)
        place = f"coalesce(getvariable('{FOLDER_VARIABLE}'), '{pattern(self.place.root)}/')"
        names = [one.path for one in self.manifest().files if one.kind == kind]
        listed = ", ".join(f"{place} || '{pattern(name)}'" for name in names)
        return _of_kind(kind, _read(listed))

    def files(
        self, warehouse: Warehouse, ids: Sequence[str] | None = None, source: str | None = None
    ) -> dict[str, dict[str, Any]]:
        """Return the present state of raw files by id; of those named, of one source, or of all.

        A source may have half a million files: `states` yields what is needed of each.
        """
        columns = list(FILE_COLUMNS)
        found = self.states(warehouse, columns, ids=ids, source=source)
        return {row[0]: dict(zip(columns, row, strict=True)) for row in found}

    def states(
        self,
        warehouse: Warehouse,
        columns: Sequence[str],
        *,
        ids: Sequence[str] | None = None,
        source: str | None = None,
        status: Sequence[str] | None = None,
    ) -> Iterator[tuple[Any, ...]]:
        """Yield some columns of the present state of raw files, never all rows at once.

        Parameters
        ----------
        ids, source
            Only the files named, only those of one source.
        status
            Only those that have one of these states now.
        """
        asked = {"raw_file_id": ids, "source": None if source is None else [source]}
        among = {name: list(given) for name, given in asked.items() if given is not None}
        # To find the latest row of each file takes memory: of many files, of a part at a time.
        held = self.manifest()
        n_rows = sum(one.n_rows for one in held.logs if one.kind == "file")
        n_parts = 1 if ids is not None else 1 + n_rows // _TOLD_AT_ONCE
        chosen = " and ".join(
            [f"{name} in (select unnest(?::varchar[]))" for name in among]
            + [f"hash(raw_file_id) % {n_parts} = ?::ubigint"]
        )
        read = ", ".join(dict.fromkeys([*columns, "raw_file_id", "status", "sequence"]))
        query = (
            f"select {', '.join(columns)} from (select {read} "  # noqa: S608
            f"from {relation('file', self.paths('file', held))} where {chosen} {PRESENT})"
        )
        if status is not None:
            query += f" where status in ({', '.join(repr(one) for one in status)})"
        # A connection of its own: others go on using the first while rows are taken.
        self.place.show_to(warehouse)
        with closing(warehouse.beside()) as reading:
            for part in range(n_parts):
                found = reading.execute(query, [*among.values(), part])
                while rows := found.fetchmany(_TAKEN_AT_ONCE):
                    yield from rows

    def damaged(self, *, deep: bool = False) -> list[Address]:
        """Return the listed parts and logs that are gone or no longer what was written.

        Reads every file of a store on the local disk. An object store guards what it holds by
        checksums of its own: of its files the presence and the size are looked at.

        Parameters
        ----------
        deep
            Fetch every file of an object store too.
        """
        listed = self.manifest().files
        if self.place.is_shared and not deep:
            sizes = self.place.sizes() if listed else {}
            return [
                self.place.address(one.path)
                for one in listed
                if one.path not in sizes
                or getattr(one, "bytes", sizes[one.path]) != sizes[one.path]
            ]
        with Warehouse() as warehouse:
            self.place.show_to(warehouse)
            return [
                self.place.address(one.path) for one in listed if not self._is_whole(one, warehouse)
            ]

    def disagreeing(self, ids: Sequence[str] | None = None) -> list[str]:
        """Return the files whose accounts are not what the parts hold of them.

        Of those named, or of all; then it reads every part of the store.
        """
        chosen = "" if ids is None else "where raw_file_id::varchar in (from asked)"
        counted = {
            kind: "+".join(f"coalesce({OUTCOME_OF[one]}, 0)" for one in outcomes)
            for kind, outcomes in OUTCOMES_IN.items()
        }
        told = " union all ".join(
            f"select raw_file_id, '{kind}' as kind, {n} as n from account "  # noqa: S608
            f"where status in {LOADED} and {n} > 0"
            for kind, n in counted.items()
        )
        with Warehouse() as warehouse:
            self.place.show_to(warehouse)
            warehouse.execute(
                "create temp table asked as select unnest(?::varchar[]) as id", [list(ids or ())]
            )
            warehouse.execute(
                "create temp table account as select * "  # noqa: S608
                f"from {self.relation('file')} {chosen} {PRESENT}"
            )
            warehouse.execute("create temp table held (raw_file_id varchar, kind varchar, n int64)")
            for part in self.manifest().parts:
                # A row of a file lies in one part, as one event or as several.
                rows = read_parquet([self.place.address(part.path)])
                warehouse.execute(
                    "insert into held select raw_file_id::varchar, ?, count(distinct raw_row) "  # noqa: S608
                    f"from {rows} {chosen} group by raw_file_id",
                    [part.kind],
                )
            return [
                name
                for (name,) in warehouse.rows(
                    "select distinct raw_file_id from account inner join ("  # noqa: S608
                    "select raw_file_id from (select raw_file_id, kind, sum(n) as n from held "
                    f"group by all) as kept full join ({told}) as told "
                    "using (raw_file_id, kind) where kept.n is distinct from told.n) "
                    "using (raw_file_id) order by raw_file_id"
                )
            ]

    def _is_whole(self, one: Part | Log, warehouse: Warehouse) -> bool:
        try:
            if one.checksum:
                return self.place.checksum(one.path) == one.checksum
            # Version 1 of the store kept no checksums: every value has to be read.
            path = read_parquet([self.place.address(one.path)])
            rows = f"select hash(t) as h from {path} as t"  # noqa: S608
            n = warehouse.rows(f"select count(*) from ({rows}) where h is not null")[0][0]  # noqa: S608
        except (OSError, DetenteError):
            return False
        return int(n) == one.n_rows

    def clean(self, needed: set[str] = frozenset()) -> None:  # type: ignore[assignment]
        """Remove what killed runs left, and what no database has read for a while."""
        if not self.folder.is_dir():
            return
        for left in (self.folder / "tmp").rglob("*"):
            if left.is_file():
                left.unlink()
        before = self.manifest()
        after = manifest.clean(self.place, before, needed)
        if after != before:
            # A list that still names what is gone as no longer needed does no harm.
            with suppress(CommitConflict):
                manifest.write(self.place, after)


def relation(kind: str, paths: Sequence[Address]) -> str:
    """Return SQL that reads exactly these parts of a kind; typed and empty if there are none."""
    return _of_kind(kind, read_parquet(paths) if paths else None)


def _of_kind(kind: str, rows: str | None) -> str:
    columns = PART_COLUMNS.get(kind) or LOG_COLUMNS[kind]
    extra = {"source": "varchar"} if kind in PART_COLUMNS else {}
    nulls = ", ".join(f"null::{type_} as {name}" for name, type_ in {**columns, **extra}.items())
    if rows is None:
        return f"(select {nulls} limit 0)"
    if kind in ("tried", "rejected"):
        return rows
    # An older version wrote fewer columns; the empty rows say what there is now.
    return f"(select * from {rows} union all by name select {nulls} where false)"  # noqa: S608


def name_of(path: str) -> str:
    """Return the name in the store of a part, from how a database names it (meta.event_part)."""
    return path.partition("/")[2]


def read_parquet(paths: Iterable[Address], *, with_names: bool = False) -> str:
    """Return SQL that reads exactly these files.

    Parameters
    ----------
    with_names
        Also yield a column ``filename``.
    """
    return _read(", ".join(f"'{pattern(path)}'" for path in paths), with_names)


def _read(listed: str, with_names: bool = False) -> str:
    names = ", filename = true" if with_names else ""
    return f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false{names})"
