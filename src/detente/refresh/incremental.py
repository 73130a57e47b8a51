"""Bring a database up to date by recomputing only what the new events touch.

A refresh starts from a copy of the published database. It finds the dyad-days whose events differ,
recomputes these with the very statements that build a table from nothing, over the events of
these days alone, and puts the rows in the place of the old ones. Small tables are built whole. What
Python fills (intervals, the consensus, the questions) is kept where nothing that it reads differs.
The result is, row for row, that of a full build; the property tests compare the two.

A full build is made where anything differs, but for events and records, that the events and indices
rest on: reference tables, statements, code, a library's version. What only a later step rests on
makes that step alone start from nothing.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from detente.base import assets
from detente.base.errors import DetenteError
from detente.database import comparison
from detente.database.builder import Warehouse
from detente.database.checks import PREVIOUS
from detente.database.published import Published
from detente.database.sql_files import SqlFile, sql_files
from detente.refresh import checksums
from detente.refresh.step_inputs import Key
from detente.settings import Settings
from detente.store import part_macros, slicing
from detente.store.events import KINDS, Store, name_of, read_parquet, relation
from detente.store.files import Address

FULL, INCREMENTAL = "full", "incremental"
# To compare more rows than this, and more than half of all, costs more than to rebuild.
_MOST_COMPARED = 1_000_000

# By which columns the rows of a table are replaced, and where the keys that changed stand.
_KEYS: Mapping[str, tuple[str, str]] = {
    "marts.dyad_day": ("source, actor1_iso3, actor2_iso3, day", "meta.changed_cell"),
    "marts.volume_day": ("source, day", "meta.changed_cell"),
    "marts.volume_reason_day": ("source, day", "meta.changed_cell"),
    "stats.revision": (
        "source, actor1_iso3, actor2_iso3, period_start",
        "before.changed_month",
    ),
    "stats.vintage": (
        "source, actor1_iso3, actor2_iso3, period_start",
        "before.changed_month",
    ),
}
# Tables of the last layers that the questions read.
_READ_BY_PYTHON = ("stats.vintage", "stats.study_act")
# What Python draws from the events (detente.indices.draws).
_DRAWN = ("marts.dyad_interval", "marts.month_draw")
# Kept from the database before, because a later step may need them as they were.
_REMEMBERED: Mapping[str, str] = {
    "study": "select as_of from meta.study",
    "event_part": "from meta.event_part",
    "study_dyad": "from meta.study_dyad",
    "coverage": "from meta.coverage",
    "coverage_gap": "from meta.coverage_gap",
    "state_gap": "from meta.state_gap",
    "record": "from core.record",
    "record_event": "from core.record_event",
    "month": "select * exclude (freq) from marts.dyad_value where freq = 'month'",
    "vintage": "from stats.vintage",
    "record_file": "select raw_file_id, label from meta.raw_file where meta.is_hand_kept(source)",
    "reported_series": "from meta.reported_series",
    "record_start": "from meta.record_start",
    "statement": "select name, sha256 from meta.input where kind = 'sql'",
}


@dataclass(frozen=True)
class Base:
    """The published database that a refresh starts from."""

    path: Path

    def copy(self, target: Path) -> None:
        """Copy it to where the refresh builds.

        By the operating system where it can: a file system that shares blocks between files (XFS,
        Btrfs) then copies nothing.
        """
        if not _cloned(self.path, target):
            shutil.copyfile(self.path, target)


def _cloned(source: Path, target: Path) -> bool:
    """Copy a file inside the operating system; false where that is not possible."""
    if sys.platform != "linux":
        return False
    try:
        with source.open("rb") as read, target.open("wb") as written:
            while os.copy_file_range(read.fileno(), written.fileno(), 1 << 30):
                pass
    except OSError:
        return False
    return source.stat().st_size == target.stat().st_size


def base_or_reason(settings: Settings, target: Path, as_of: date) -> Base | str:
    """Return the database to start from, or why there is none.

    Parameters
    ----------
    as_of
        The day as of which the new database stands.
    """
    if not target.is_file():
        return "there is no database yet"
    if wrong := checksums.mismatch(target):
        return f"the database before {wrong}"
    try:
        with Published(target) as published:
            run = published.rows("select as_of, checks_failed from meta.current_run")
            parts = published.rows("select path, n_events from meta.event_part")
    except DetenteError as error:
        return f"the database before cannot be read ({str(error).splitlines()[0]})"
    if not run:
        return "the previous database has no record of its run"
    as_of_before, failed = run[0]
    if failed:
        return f"the database before was published against its checks: {', '.join(failed)}"
    if as_of_before > as_of:
        return f"the database before stands as of a later day, {as_of_before}"
    before = {name_of(path): n_events for path, n_events in parts}
    return _comparable(settings, before) or Base(target)


def published_inputs(target: Path) -> dict[Key, str]:
    """Return what a published database was built from."""
    with Published(target) as published:
        rows = published.rows("select kind, name, sha256 from meta.input")
    return {(kind, name): sha256 for kind, name, sha256 in rows}


def is_built_whole(key: Key) -> bool:
    """Say whether an input is a statement whose table every refresh builds whole, from nothing.

    Such a table is derived by SQL, and no table that is brought up to date row by row, nor any that
    Python fills, rests on it.
    """
    kind, name = key
    files = {f"{path.parent.name}/{path.name}": path for path in assets.sql().glob("*/*.sql")}
    if kind != "sql" or name not in files:
        return False
    table = f"{files[name].parent.name[3:]}.{files[name].stem}"
    own = [file for file in sql_files() if file.table == table and not file.is_input]
    return bool(own) and own[0].layer in _LAST_LAYERS and not _rows_rest_on(table)


# Nothing that Python computes reads these layers, but for the tables that are kept row by row.
_LAST_LAYERS = ("stats", "main")


def _rows_rest_on(table: str) -> bool:
    """Say whether a table that is brought up to date row by row is, or reads, this one."""
    resting = {table}
    for file in sql_files():  # in the order in which they are built
        if any(f"{one}" in file.body for one in resting):
            resting.add(file.table)
    return bool(resting & {*_KEYS, *_READ_BY_PYTHON})


def _comparable(settings: Settings, before: dict[str, int]) -> str | None:
    """Say why the parts of the event store cannot be compared; None if they can."""
    store = Store(settings)
    listed = store.manifest().parts
    now = {part.path: part.n_rows for part in listed}
    removed, added = before.keys() - now.keys(), now.keys() - before.keys()
    gone = [name for name in removed if not store.place.has(name)]
    if gone:
        address = store.place.address(gone[0])
        return f"a part of the event store is no longer there: {address}"
    compared = sum(before[path] for path in removed) + sum(now[path] for path in added)
    if compared > max(_MOST_COMPARED, sum(now.values()) // 2):
        return f"{compared} rows of the event store differ, more than half"
    return None


def remember(warehouse: Warehouse) -> None:
    """Keep in schema `before` what the steps compare with; called before the copy is changed."""
    forget(warehouse)
    warehouse.execute("create schema before")
    for name, query in _REMEMBERED.items():
        warehouse.execute(f"create table before.{name} as {query}", where=f"before.{name}")


def forget(warehouse: Warehouse) -> None:
    """Drop what `remember` kept."""
    warehouse.execute("drop schema if exists before cascade")


def is_carried(file: SqlFile) -> bool:
    """Say whether Python fills a table from others: it is kept until one of them differs."""
    return file.is_input and (file.layer == "stats" or file.table in _DRAWN)


def empty(warehouse: Warehouse, chosen: Callable[[SqlFile], bool]) -> None:
    """Delete the rows of tables, so that they can be filled again."""
    for file in sql_files():
        if file.is_input and chosen(file):
            warehouse.execute(f"delete from {file.table}")  # noqa: S608


def has_other_dyads(warehouse: Warehouse) -> bool:
    """Say whether the study has other pairs of states than the database before."""
    return comparison.differs(
        warehouse,
        "select actor1_iso3, actor2_iso3 from before.study_dyad",
        "select actor1_iso3, actor2_iso3 from meta.study_dyad",
    )


def count_changes(warehouse: Warehouse) -> int:
    """Return how many dyad-days were recomputed."""
    return int(
        warehouse.rows("select count(*) from meta.changed_cell where actor1_iso3 is not null")[0][0]
    )


class Update:
    """Brings the large tables of a copied database up to date, one by one.

    Called for each file of `sql/` in the order in which they are built.
    """

    def __init__(self, warehouse: Warehouse, settings: Settings) -> None:
        self.warehouse, self.store = warehouse, Store(settings)
        self._keeps_views = not comparison.differs(
            warehouse,
            "from before.statement",
            "select name, sha256 from meta.input where kind = 'sql'",
        )

    def __call__(self, file: SqlFile) -> bool:
        """Bring the table of a file up to date; false if it is to be built whole."""
        if file.table == "core.event":
            if not self._keeps_views:
                self.warehouse.build(file)
            self._find_changes()
            return True
        if file.is_view or file.is_macro:
            # It stands, with what is said of it, as the database before had it.
            return self._keeps_views
        if file.table == "marts.dyad_value":
            self._replace_sources()
            return True
        if file.table not in _KEYS:
            return False
        keys, changed = _KEYS[file.table]
        if changed == "before.changed_month":
            part_macros.run(self.warehouse, "changed_month")
        with part_macros.narrowed(self.warehouse, changed.partition(".")[2]):
            self._replace(file, keys, changed)
        return True

    def _reading(self, kind: str, names: set[str]) -> str:
        return relation(kind, [self.store.place.address(name) for name in sorted(names)])

    def _find_changes(self) -> None:
        as_of = self.warehouse.rows("select as_of from before.study")[0][0]
        listed = self.store.manifest().parts
        for kind in KINDS:
            query = "select path from before.event_part where kind = ?"
            before = {name_of(row[0]) for row in self.warehouse.rows(query, [kind])}
            now = {part.path for part in listed if part.kind == kind}
            kept = self._reading(kind, before & now)
            for name, parts in {
                "removed": self._reading(kind, before - now),
                "added": self._reading(kind, now - before),
                "hidden": _hidden(kind, kept, as_of),
            }.items():
                self.warehouse.execute(f"create view before.{name}_{kind} as from {parts}")
            part_macros.run(self.warehouse, f"changed_{kind}")
        part_macros.run(self.warehouse, "arrived")

    def _replace_sources(self) -> None:
        """Compute the period indices of the sources that changed; no source's rest on another's."""
        part_macros.run(self.warehouse, "changed_source")
        sources = self.warehouse.rows("select source from before.changed_source order by source")
        self.warehouse.execute(
            "delete from marts.dyad_value where source in (from before.changed_source)"
        )
        for (source,) in sources:
            part_macros.run(self.warehouse, "indices_of_source", [source])

    def _replace(self, file: SqlFile, keys: str, changed: str) -> None:
        """Compute the rows of the changed keys and put them in the place of the old ones."""
        warehouse = self.warehouse
        # The query itself, over the narrowed events, into a table of its own.
        if views := slicing.SLICED.get(file.table):
            slicing.create(warehouse, file.query, "renewed", views, is_temporary=True)
        else:
            warehouse.execute(f"create temp table renewed as {file.query}", where=file.table)
        warehouse.execute(
            f"create or replace temp table changed_key as select distinct {keys} from {changed}"  # noqa: S608
        )
        names = keys.split(", ")
        same = " and ".join(f"old.{name} = key.{name}" for name in names)
        # By the days first: few rows are left to be compared by all keys.
        warehouse.execute(
            f"delete from {file.table} as old using changed_key as key where {same} "  # noqa: S608
            f"and old.{names[-1]} in (select {names[-1]} from changed_key)",
            where=file.table,
        )
        warehouse.execute(
            f"insert into {file.table} by name "  # noqa: S608
            f"select renewed.* from renewed semi join changed_key using ({keys})",
            where=file.table,
        )
        warehouse.execute("drop table renewed")


def _hidden(kind: str, kept: str, as_of: date) -> str:
    """Return SQL that reads, of the parts that stayed, what a database as of a day did not show.

    One condition a branch, so that Parquet's statistics can answer each.
    """
    later = f"select * from {kept} as part where part.event_date > date '{as_of}'"  # noqa: S608
    if kind == "other":
        return f"({later})"
    published = f"date '{as_of}' + interval 1 day"
    return (
        f"({later} and part.added_at < {published} "  # noqa: S608
        f"union all select * from {kept} as part where part.added_at >= {published})"
    )


def files_that_differ(warehouse: Warehouse) -> list[str]:
    """Return the files of the store that are new, or accounted for otherwise than before."""
    account = (
        "raw_file_id, sha256, status, n_loaded, n_out_of_scope, n_unknown, n_duplicate, n_rejected"
    )
    rows = warehouse.rows(
        f"select raw_file_id from (select {account} from meta.raw_file "  # noqa: S608
        "where not meta.is_hand_kept(source) "
        f"except select {account} from {PREVIOUS}.meta.raw_file) order by raw_file_id"
    )
    return [name for (name,) in rows]


def damaged_parts(warehouse: Warehouse, store: Store) -> list[Address]:
    """Return the parts that are not as they were written, of those that this build has read.

    An incremental build reads the months of the days that changed; a full build reads, and
    compares, every part. An object store guards what it holds by checksums of its own.
    """
    if store.place.is_shared:
        return []
    listed = {str(store.place.address(one.path)): one for one in store.manifest().parts}
    found: list[Address] = []
    for kind in KINDS:
        paths = store.paths(kind)
        if not paths:
            continue
        named = read_parquet(paths, with_names=True)
        rows = warehouse.rows(
            f"select distinct filename from {named} where event_date in ("  # noqa: S608
            "select unnest(generate_series(date_trunc('month', day)::date, last_day(day), "
            "interval 1 day))::date from meta.changed_cell) order by filename"
        )
        found += [
            store.place.address(part.path)
            for (name,) in rows
            if (part := listed.get(name)) is not None
            and part.checksum
            and store.place.checksum(part.path) != part.checksum
        ]
    return found


def find_rows_to_check(warehouse: Warehouse) -> None:
    """Find the events and dyad-days that the checks have to see.

    The rest passed the checks of the database before and is as it was: the records, whole, and of
    the store the events of the days that changed, with any other event that has the id of one that
    arrived.
    """
    with part_macros.narrowed(warehouse, "changed_cell"):
        warehouse.execute("create or replace temp table checked_event as from core.event")
    part_macros.run(warehouse, "events_to_check")
    part_macros.run(warehouse, "days_to_check")


@contextmanager
def rows_to_check(warehouse: Warehouse) -> Iterator[None]:
    """Let `core.event` and `marts.dyad_day` hold the rows that the checks have to see."""
    with (
        warehouse.showing("core.event", "from temp.checked_event"),
        warehouse.showing("marts.dyad_day", "from temp.checked_day"),
    ):
        yield
