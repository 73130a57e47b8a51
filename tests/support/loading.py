"""Load the files of a study's sources and ask what came of them, without indices and inference."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from detente.base import clock
from detente.database.builder import Warehouse
from detente.refresh import ingest, input_tables, publish
from detente.refresh.summary import Summary
from detente.settings import Settings

# What is built from the store alone.
_TABLES = (
    "core.store_event", "core.store_other", "core.event_telling", "core.record_event", "core.event",
    "core.state_absence", "meta.covering_file", "meta.coverage_gap", "meta.coverage",
    "meta.state_gap", "meta.dyad_gap", "core.unknown_actor", "meta.goldstein_difference",
    "meta.short_day",
)  # fmt: skip


def put(study: Settings, source: str, name: str, content: bytes | Path, year: int) -> None:
    """Lay a file into the folder of downloads, as a person does who has fetched it by hand."""
    folder = study.downloads / source / str(year)
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(content, Path):
        shutil.copy(content, folder / name)
    else:
        (folder / name).write_bytes(content)


def update(
    study: Settings, *names: str, offline: bool = True, end: date | None = None
) -> list[Summary]:
    """Bring the event store up to date."""
    with publish.only_writer(study.processed):
        return ingest.update(study, names, offline=offline, end=end)


@contextmanager
def opened(study: Settings, as_of: date | None = None) -> Iterator[Warehouse]:
    """Open a database in memory with the events of the store and what is known of its files."""
    with Warehouse() as warehouse:
        warehouse.create_inputs()
        input_tables.study(warehouse, study, as_of or clock.today())
        input_tables.reference_tables(warehouse, study)
        input_tables.bulk_files(warehouse, study)
        input_tables.relate(warehouse, study)
        for table in _TABLES:
            warehouse.build(table)
        yield warehouse


def ask(study: Settings, statement: str, as_of: date | None = None) -> list[tuple[Any, ...]]:
    """Ask the store."""
    with opened(study, as_of) as warehouse:
        return warehouse.rows(statement)


def account(study: Settings, name: str) -> tuple[int, ...]:
    """Return rows, loaded, out of scope, duplicate and rejected of one file."""
    ((*found,),) = ask(
        study,
        "select n_rows, n_loaded, n_out_of_scope, n_duplicate, n_rejected from meta.raw_file "
        f"where raw_file_id like '%/{name}'",
    )
    return tuple(found)
