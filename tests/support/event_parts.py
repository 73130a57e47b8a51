"""Parts of an event store with made-up rows, written straight, without a provider."""

from __future__ import annotations

from datetime import date

from detente.database.builder import Warehouse
from detente.refresh import input_tables, record_tables
from detente.settings import Settings
from detente.store import manifest
from detente.store.events import PART_COLUMNS
from detente.store.files import LocalFiles
from detente.store.manifest import Part
from detente.store.parts import PartWriter

# What the columns hold; `i` is the number of the row. The rest is null.
_VALUES = {
    "event_id": "'{seed}' || i",
    "event_date": "date '2001-01-01' + (i * 7919 % {days})::int",
    "added_at": "timestamp '2010-01-01'",
    "actor1_iso3": "['JPN', 'KOR', 'PRK', 'USA'][1 + i % 4]",
    "actor2_iso3": "['CHN', 'RUS', 'FRA'][1 + i * 31 % 3]",
    "is_official": "i % 3 = 0",
    "cameo_code": "['010', '042', '155', '190', '0841'][1 + i * 17 % 5]",
    "quad_class_reported": "i % 5",
    "n_mentions": "nullif(1 + i * 101 % 977, 7)",
    "reason": "['an actor is unknown', 'both sides are one'][1 + i % 2]",
    "actor1_name": "'X' || i % 3",
    "actor2_name": "if(i % 5 = 0, null, 'Y' || i % 4)",
    "raw_file_id": "'f'",
    "raw_row": "i",
}


def rows(kind: str, seed: str, n: int, days: int = 400, leave_out: tuple[str, ...] = ()) -> str:
    """Return a query for the rows of a part; an older part has fewer columns."""
    chosen = ", ".join(
        f"({_VALUES.get(name, 'null').format(seed=seed, days=days)})::{type_} as {name}"
        for name, type_ in PART_COLUMNS[kind].items()
        if name not in leave_out
    )
    return f"select {chosen} from range({n}) as t (i)"


def write(study: Settings, n: int, n_parts: int = 1, days: int = 400) -> None:
    """Write a store of two sources: one part with fewer columns, and one that no list names."""
    (study.events / "tmp").mkdir(parents=True)
    made: list[Part | None] = []
    with Warehouse() as warehouse:
        writer = PartWriter(LocalFiles(study.events), warehouse)
        for place in range(n_parts):
            query = rows("event", f"a{place}-", n // n_parts, days)
            made.append(writer.part("event", "gdelt2", "year=2001", query))
        query = rows("event", "b", n // 4, days, leave_out=("n_deaths", "contexts"))
        made.append(writer.part("event", "icews", "year=2001", query))
        made.append(writer.part("other", "gdelt2", "year=2001", rows("other", "c", n // 2, days)))
        writer.part("event", "gdelt2", "year=2001", rows("event", "retired", n // 5, days))
    parts = tuple(one for one in made if one)
    manifest.write(study.events, manifest.Manifest(sequence=1, parts=parts))


def show(warehouse: Warehouse, study: Settings) -> None:
    """Let a database have what the heavy statements read."""
    warehouse.create_inputs()
    input_tables.study(warehouse, study, date(2026, 1, 1))
    input_tables.reference_tables(warehouse, study)
    files = record_tables.read_records(study, record_tables.vocabulary(warehouse))
    record_tables.write_records(warehouse, study, files)
    input_tables.relate(warehouse, study)
    for table in (
        "core.record_event", "core.store_event", "core.store_other", "core.event",
        "marts.day_sums",
    ):  # fmt: skip
        warehouse.build(table)
