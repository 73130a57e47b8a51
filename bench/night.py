"""What a night's refresh costs beside a full build of the same database.

A store of made-up events (bench/indices.py), one part a year, is built in full by the project's own
refresh. Then a part arrives as a night of GDELT brings it: most events of the day before, some a
week, a month or a year old. Each step is timed in both, and the two databases are compared. The
questions are switched off: they rest on the hand-kept records, which no such night changes.

Measured on two processors that others used as well, so that the processors' work says more than the
time. Events are those in scope:

    events    days   a night   full build    night    night / full
    0.8 M     3650       224       16.3 s    4.4 s      27%
    4.9 M     3650     1,348       42.7 s    6.1 s      14%
    4.9 M      440    11,190       26.2 s    4.9 s      19%
   50.1 M     3650    13,715      254.3 s    9.4 s           3.7%

By the clock the last line was 713 s and 28 s, 3.9%; in each the two databases had the same tables.
Some four seconds of a night do not depend on the number of events: loading the records, the indices
of the source, the consensus of the series that moved, the checks of the indices. What follows the
length of the history is to delete rows from `marts.dyad_day` and to read it for the checks.

Run: python -m bench.night [--events 5000000] [--days 3650]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from bench import indices
from detente import settings
from detente.database.builder import Warehouse
from detente.database.published import Published
from detente.refresh import input_tables, pipeline
from detente.refresh.job import Result
from detente.settings import Paths, Settings
from detente.store import events, manifest
from detente.store.manifest import Log, Part

ROOT = Path(__file__).resolve().parents[1]
# How old the events of a night are, in days, and how many of a hundred.
AGES = ((1, 78), (2, 12), (7, 4), (30, 3), (365, 3))


def make_store(study: Settings, n_events: int, n_days: int) -> int:
    """Write a store of made-up events; return how many a day has."""
    folder = study.events / "source=gdelt2"
    folder.mkdir(parents=True)
    parts = []
    with Warehouse() as warehouse:
        warehouse.create_inputs()
        input_tables.reference_tables(warehouse, study)
        whole = folder / "whole.parquet"
        indices.make(warehouse, whole, n_events, n_days)
        years = range(indices.FIRST.year, (indices.FIRST + timedelta(days=n_days)).year + 1)
        for year in years:
            query = f"from read_parquet('{whole}') where year(event_date) = {year}"
            parts += _part(warehouse, study, f"event-{year}", query)
        whole.unlink()
        n_rows = sum(part.n_rows for part in parts)
        log = _account(
            warehouse, study, "bench", n_rows, indices.FIRST + timedelta(days=n_days - 1)
        )
    _commit(study, parts, log)
    return n_rows // n_days


def add_night(study: Settings, n_events: int, last: date) -> None:
    """Add a part with the events of a night."""
    # Old events are drawn again from days that the store has, with ids of their own.
    drawn = " union all ".join(
        f"(select * replace ('night:' || {age} || event_id as event_id, 'night' as raw_file_id, "
        f"(({age}::bigint << 40) | raw_row) as raw_row, '{last}'::timestamp as added_at) from held "
        f"where event_date = date '{last - timedelta(days=age - 1)}' "
        f"order by event_id limit {n_events * share // 100})"
        for age, share in AGES
    )
    with Warehouse() as warehouse:
        held = events.Store(study.events).relation("event")
        query = f"with held as (from {held}) {drawn}"
        night = _part(warehouse, study, "event-night", query)
        log = _account(warehouse, study, "night", sum(part.n_rows for part in night), last)
    _commit(study, night, log)


def _part(warehouse: Warehouse, study: Settings, name: str, query: str) -> list[Part]:
    path = study.events / "source=gdelt2" / f"{name}.parquet"
    warehouse.execute(
        f"copy ({query}) to '{path}' (format parquet, compression zstd, row_group_size 122880)"
    )
    n_rows, low, high = warehouse.rows(
        f"select count(*), min(event_id), max(event_id) from read_parquet('{path}')"
    )[0]
    if not n_rows:
        return []
    where = path.relative_to(study.events).as_posix()
    return [Part(where, "gdelt2", "event", n_rows, low, high, path.stat().st_size)]


def _account(warehouse: Warehouse, study: Settings, name: str, n_rows: int, last: date) -> Log:
    """Write the account of a raw file that events are said to come from, one of each row."""
    known = {
        "raw_file_id": f"'{name}'", "source": "'gdelt2'", "path": f"'{name}'", "bytes": "0",
        "sha256": "''", "n_rows": str(n_rows), "n_loaded": str(n_rows), "n_out_of_scope": "0",
        "n_unknown": "0", "n_duplicate": "0", "n_rejected": "0", "status": "'loaded'",
        "covers_from": f"date '{indices.FIRST}'", "covers_to": f"date '{last}'",
        "loaded_at": f"timestamp '{last}'", "load_id": f"'{name}'", "sequence": "1",
    }  # fmt: skip
    values = ", ".join(
        f"{known.get(name, 'null')}::{kind} as {name}" for name, kind in events.FILE_COLUMNS.items()
    )
    path = study.events / "ledger" / f"file-{name}.parquet"
    path.parent.mkdir(exist_ok=True)
    warehouse.execute(f"copy (select {values}) to '{path}' (format parquet)")
    return Log(path.relative_to(study.events).as_posix(), "file", 1)


def _commit(study: Settings, parts: list[Part], log: Log) -> None:
    before = manifest.read(study.events)
    manifest.write(
        study.events,
        before.next_version(parts=(*before.parts, *parts), logs=(*before.logs, log)),
    )


def content(database: Path) -> list[tuple[object, ...]]:
    """Return a print of each large table, whatever the order of its rows."""
    tables = ("marts.dyad_day", "marts.volume_day", "marts.dyad_period", "stats.revision")
    with Published(database, memory_limit="8GB") as published:
        return [
            (table, *published.rows(f"select count(*), sum(hash(t)::hugeint) from {table} as t")[0])
            for table in tables
        ]


def refreshed(study: Settings, *, full: bool) -> tuple[Result, float]:
    """Refresh; return the result and the seconds that all processors together were busy."""
    started = time.process_time()
    return pipeline.refresh(study, full=full), time.process_time() - started


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--days", type=int, default=3650)
    parser.add_argument("--folder", type=Path, default=None, help="where to write (much)")
    given = parser.parse_args()
    study = settings.load(ROOT / "detente.toml")
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        paths = Paths(processed=Path(folder) / "processed", reports=Path(folder) / "reports")
        off = study.inference.model_copy(update={"enabled": False})
        study = study.model_copy(update={"paths": paths, "inference": off})
        a_day = make_store(study, given.events, given.days)
        pipeline.refresh(study, full=True)
        last = indices.FIRST + timedelta(days=given.days - 1)
        add_night(study, a_day, last)
        night, night_busy = refreshed(study, full=False)
        found = content(night.database)
        full, full_busy = refreshed(study, full=True)
        size = full.database.stat().st_size
        print(f"{given.events:,} events, {a_day:,} a night, database {size / 1e6:,.0f} MB")
        for line in night.lines:
            print(" ", line)
        print(f"{'step':<12}{'full':>10}{'night':>10}")
        for step, spent in full.run.step_seconds.items():
            print(f"{step:<12}{spent:>8.2f} s{night.run.step_seconds[step]:>8.2f} s")
        spent, spent_night = (sum(one.run.step_seconds.values()) for one in (full, night))
        print(f"{'together':<12}{spent:>8.2f} s{spent_night:>8.2f} s")
        print(f"{'processors':<12}{full_busy:>8.2f} s{night_busy:>8.2f} s")
        print(f"night / full  {100 * spent_night / spent:.1f}% of the time", end=", ")
        print(f"{100 * night_busy / full_busy:.1f}% of the work of the processors")
        print(f"same tables: {found == content(full.database)}")


if __name__ == "__main__":
    main()
