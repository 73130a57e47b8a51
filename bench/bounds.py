"""What must not grow with the store: memory of the large tables, of a plan, the ledger's answers.

Each is measured in a process of its own, whose peak is told.

Run: python -m bench.bounds slices [--events 24000000] [--days 3650] [--memory 2GB]
     python -m bench.bounds ledger [--commits 1000]
     python -m bench.bounds plan [--files 480000] [--on-disk]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from unittest import mock

from bench import indices, ingest
from detente.database.builder import Warehouse
from detente.database.sql_files import sql_files
from detente.refresh import plan as planning
from detente.settings import Settings
from detente.store import ledger, manifest, slicing
from detente.store.events import FILE_COLUMNS, Store
from detente.store.files import LocalFiles
from detente.store.parts import PartWriter

A_COMMIT = 150
A_FILE = 100_000


def peak() -> float:
    """Return the most memory that this process ever held, in MiB."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def slices(folder: Path, asked: argparse.Namespace) -> None:
    """Build `marts.dyad_day` at once and by slices, and compare the two."""
    part = folder / "events.parquet"
    with Warehouse() as warehouse:
        indices.made(warehouse, part, asked.events, asked.days)
    for way in ("slices", "at once"):
        subprocess.run(
            [sys.executable, "-m", "bench.bounds", "slice", "--folder", folder, "--way", way,
             "--days", str(asked.days), "--memory", asked.memory],
            check=True,
        )  # fmt: skip
    with Warehouse(folder / "slices.duckdb") as warehouse:
        warehouse.execute(f"attach '{folder}/at once.duckdb' as other (read_only)")
        for one, two in (("", "other."), ("other.", "")):
            n = warehouse.rows(
                f"select count(*) from (from {one}marts.dyad_day except all "
                f"from {two}marts.dyad_day)"
            )[0][0]
            print(f"rows of one way that the other lacks: {n}")


def one_way(folder: Path, asked: argparse.Namespace) -> None:
    """Build the table in one of the two ways."""
    file = next(one for one in sql_files() if one.table == "marts.dyad_day")
    database = folder / f"{asked.way}.duckdb"
    with indices.opened(
        database, folder / "events.parquet", asked.days, memory=asked.memory
    ) as warehouse:
        n_events = warehouse.rows("select count(*) from core.event")[0][0]
        started, busy, before = time.perf_counter(), time.process_time(), peak()
        if asked.way == "slices":
            slicing.build(warehouse, file)
        else:
            warehouse.build(file)
        seconds, cpu = time.perf_counter() - started, time.process_time() - busy
        n_rows = warehouse.rows("select count(*) from marts.dyad_day")[0][0]
        print(
            f"{asked.way}: {n_events:,} events, {n_rows:,} rows, limit {asked.memory}: "
            f"{seconds:.1f} s, processor {cpu:.1f} s, peak {peak():,.0f} MiB "
            f"(before {before:,.0f})",
            flush=True,
        )


def write_ledger(folder: Path, n_files: int, a_commit: int) -> None:
    """Commit a ledger as a load does, so many files at a time."""
    store = Store(folder)
    (folder / "tmp").mkdir(parents=True, exist_ok=True)
    first = datetime(2015, 2, 18)
    known = {"source": "gdelt2", "status": "loaded", "n_rows": 2000, "n_loaded": 500,
             "bytes": A_FILE, "modified_ns": 10**18}  # fmt: skip
    with Warehouse() as warehouse:
        writer = PartWriter(LocalFiles(folder), warehouse)
        for commit, start in enumerate(range(0, n_files, a_commit), start=1):
            rows = []
            for number in range(start, min(start + a_commit, n_files)):
                name = f"{first + timedelta(minutes=15 * number):%Y%m%d%H%M%S}.export.CSV.zip"
                row = known | {
                    "raw_file_id": f"gdelt2/{name}", "path": f"data/raw/downloads/gdelt2/{name}",
                    "url": f"http://data.gdeltproject.org/gdeltv2/{name}", "sequence": commit,
                    "sha256": f"{number:064x}", "published_md5": f"{number:032x}",
                    "title": "GDELT 2.0 events", "load_id": f"{commit}",
                }  # fmt: skip
                rows.append(tuple(row.get(column) for column in FILE_COLUMNS))
            before = store.manifest()
            logs = ledger.merged(writer, (*before.logs, *writer.log("file", rows)), ["file"])
            manifest.write(folder, before.next_version(logs=logs))


def after_commits(folder: Path, asked: argparse.Namespace) -> None:
    """Look up the files of a commit after so many commits."""
    started = time.process_time()
    write_ledger(folder, asked.commits * A_COMMIT, A_COMMIT)
    spent = time.process_time() - started
    store = Store(folder)
    first = datetime(2015, 2, 18)
    ids = [
        f"gdelt2/{first + timedelta(minutes=15 * number):%Y%m%d%H%M%S}.export.CSV.zip"
        for number in range(A_COMMIT)
    ]
    with Warehouse() as warehouse:
        times = []
        for _ in range(5):
            began, busy = time.perf_counter(), time.process_time()
            assert len(store.files(warehouse, ids)) == A_COMMIT
            times.append((time.perf_counter() - began, time.process_time() - busy))
    print(
        f"{asked.commits:,} commits of {A_COMMIT} files: {len(store.manifest().logs)} logs; "
        f"processor {1000 * spent / asked.commits:.1f} ms a commit; files of {A_COMMIT} ids: "
        f"{min(times)[0]:.3f} s (processor {min(cpu for _, cpu in times):.3f} s)"
    )


def of_known_files(folder: Path, asked: argparse.Namespace) -> None:
    """Plan over files that are all known, in a process of its own, against a list of the same."""
    study = ingest.study(folder)
    write_ledger(study.events, asked.files, 50_000)
    feed = folder / "feed"
    feed.mkdir()
    first = datetime(2015, 2, 18)
    with (feed / "masterfilelist.txt").open("w", encoding="ascii") as stream:
        for number in range(asked.files):
            name = f"{first + timedelta(minutes=15 * number):%Y%m%d%H%M%S}.export.CSV.zip"
            stream.write(f"100000 {number:032x} {feed.as_uri()}/{name}\n")
    if asked.on_disk:
        downloads = study.downloads / "gdelt2"
        for number in range(asked.files):
            moment = first + timedelta(minutes=15 * number)
            path = downloads / f"{moment:%Y}" / f"{moment:%Y%m%d%H%M%S}.export.CSV.zip"
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as stream:
                stream.truncate(A_FILE)
            os.utime(path, ns=(10**18, 10**18))
    (feed / "lastupdate.txt").write_text("", encoding="ascii")
    toml = folder / "detente.toml"
    toml.write_text(
        toml.read_text(encoding="utf-8")
        + f'[sources.gdelt2]\nenabled = true\nstart = 2015-02-18\nbase_url = "{feed.as_uri()}/"\n',
        encoding="utf-8",
    )
    subprocess.run(
        [sys.executable, "-m", "bench.bounds", "planned", "--folder", folder], check=True
    )


def planned(folder: Path, asked: argparse.Namespace) -> None:
    """Plan, and tell the peak."""
    del asked
    from detente import settings

    study: Settings = settings.load(folder / "detente.toml")
    before, started, busy = peak(), time.perf_counter(), time.process_time()
    with mock.patch("detente.base.clock.today", lambda: datetime(2040, 1, 1).date()):
        actions = planning.plan(study)
    print(
        f"plan: {len(actions)} actions, {time.perf_counter() - started:.1f} s, processor "
        f"{time.process_time() - busy:.1f} s, peak {peak():,.0f} MiB (before {before:,.0f})"
    )
    for one in actions[:3]:
        print("  ", one.action, one.subject[:90], one.reason[:90])


WHAT = {
    "slices": slices, "slice": one_way, "ledger": after_commits, "plan": of_known_files,
    "planned": planned,
}  # fmt: skip


def main() -> None:
    """Measure one of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=WHAT)
    parser.add_argument("--events", type=int, default=24_000_000)
    parser.add_argument("--days", type=int, default=3650)
    parser.add_argument("--memory", default="2GB")
    parser.add_argument("--commits", type=int, default=1000)
    parser.add_argument("--files", type=int, default=480_000)
    parser.add_argument("--on-disk", action="store_true")
    parser.add_argument("--way", default="slices")
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    if asked.folder:
        WHAT[asked.what](asked.folder, asked)
        return
    with tempfile.TemporaryDirectory() as folder:
        WHAT[asked.what](Path(folder), asked)


if __name__ == "__main__":
    main()
