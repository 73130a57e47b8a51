"""What works with the engine that the settings name, and with this event store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pandas as pd

from detente.base import clock
from detente.base.errors import DetenteError
from detente.database import checks
from detente.database.builder import Warehouse
from detente.database.sql_files import sql_files
from detente.engines import engine
from detente.engines.engine import DuckDB, Engine
from detente.refresh import input_tables, record_tables
from detente.settings import Settings
from detente.store import part_macros
from detente.store.events import KINDS, Store, relation
from detente.store.manifest import Part

# Relative to the larger of one and the value itself.
TOLERANCE = 1e-9
# What the heavy statements read, beside the parts.
_BEFORE = ("core.record_event", "core.store_event", "core.store_other", "core.event")


@dataclass(frozen=True)
class Finding:
    """Whether one thing works, and what was found."""

    subject: str
    works: bool
    message: str


def examine(settings: Settings) -> Iterator[Finding]:
    """Ask the engine for every statement that it is given, over the smallest part of each kind.

    What it answers is held against DuckDB's answer over the same parts. Nothing is published.

    Yields
    ------
    Finding
        Of the engine, of each statement and of each check; the first that makes the rest
        impossible is the last.
    """
    store = Store(settings)
    chosen = [part for kind in KINDS if (part := _smallest(store, kind)) is not None]
    parts = {
        kind: [store.place.address(one.path) for one in chosen if one.kind == kind]
        for kind in KINDS
    }
    n_rows = sum(part.n_rows for part in chosen)
    with _small_database(settings) as warehouse:
        store.place.show_to(warehouse)
        part_macros.relate(warehouse, {kind: relation(kind, parts[kind]) for kind in KINDS})
        for table in (*_BEFORE, "marts.day_sums"):
            warehouse.build(table)
        try:
            with engine.opened(settings, warehouse, of=parts) as asked:
                yield Finding("engine", True, asked.title)
                yield Finding(
                    "store",
                    True,
                    f"{len(store.manifest().parts)} parts in {store.place.root}; compared over "
                    f"{n_rows} rows of {len(chosen)} of them, and the records",
                )
                yield from _statements(asked, warehouse)
        except DetenteError as error:
            yield Finding("engine", False, str(error))


def _smallest(store: Store, kind: str) -> Part | None:
    found = [part for part in store.manifest().parts if part.kind == kind]
    return min(found, key=lambda one: one.n_rows, default=None)


@contextmanager
def _small_database(settings: Settings) -> Iterator[Warehouse]:
    """Have a database in memory with the study, the reference tables and the records."""
    with Warehouse() as warehouse:
        warehouse.create_inputs()
        input_tables.study(warehouse, settings, clock.today())
        input_tables.reference_tables(warehouse, settings)
        files = record_tables.read_records(settings, record_tables.vocabulary(warehouse))
        record_tables.write_records(warehouse, settings, files)
        yield warehouse


def _statements(asked: Engine, warehouse: Warehouse) -> Iterator[Finding]:
    own = DuckDB(warehouse)
    files = {file.table: file for file in sql_files()}
    for table in engine.TABLES:
        try:
            asked.build(files[table])
            theirs = warehouse.frame(f"from {table}")
            own.build(files[table])
            yield compared(table, warehouse.frame(f"from {table}"), theirs)
        except DetenteError as error:
            yield Finding(table, False, str(error))
    for check in checks.all_checks():
        if check.name in engine.CHECKS:
            try:
                found = asked.frame(check.query, check.name)
                yield compared(check.sentence, own.frame(check.query, check.name), found)
            except DetenteError as error:
                yield Finding(check.sentence, False, str(error))


def compared(subject: str, own: pd.DataFrame, theirs: pd.DataFrame) -> Finding:
    """Hold two answers, sorted alike, against each other: counts exactly, sums within 1e-9."""
    if len(own) != len(theirs):
        return Finding(subject, False, f"{len(theirs)} rows, where DuckDB has {len(own)}")
    for name in own.columns:
        if not _same(own[name], theirs[name]):
            return Finding(subject, False, f"the column {name} is not the one of DuckDB")
    return Finding(subject, True, f"as DuckDB has it, {len(own)} rows")


def _same(own: pd.Series[float], theirs: pd.Series[float]) -> bool:
    if own.dtype.kind == "f":
        return bool(np.allclose(own, theirs, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True))
    return list(own.isna()) == list(theirs.isna()) and list(own.dropna()) == list(theirs.dropna())
