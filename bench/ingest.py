"""How fast zipped event files become queryable events, beside what bounds it.

Prints ratios of wall times measured in one run on one machine: each of the programs in turn, the
turns repeated, the best time of each. The input is grown from the real sample of a GDELT 2.0 file:
rows drawn at random, each with a number of its own, 2,111 a file, zipped as the provider does.

Run: python bench/ingest.py --sample FILE [--rows 3000000] [--store 50000000] [--repeat 3]
     [--peer .../bin/gdeltforge]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd

from detente import settings, sources
from detente.database.builder import Warehouse
from detente.refresh import raw_files
from detente.refresh.ingest import loader_of
from detente.sources.gdelt2 import COLUMNS
from detente.store import manifest
from detente.store.events import Store
from detente.store.manifest import Part

ROWS_A_FILE = 2111
ROOT = Path(__file__).resolve().parents[1]
STUDY = """\
[study]
name = "Bench"
start = 2015-01-01
actors = ["JPN", "KOR"]
focal_dyad = ["JPN", "KOR"]
"""


EVENT_COLUMNS = (
    "GLOBALEVENTID", "Actor1Code", "Actor1Name", "Actor1CountryCode", "Actor1Type1Code",
    "Actor2Code", "Actor2Name", "Actor2CountryCode", "Actor2Type1Code", "EventCode",
    "GoldsteinScale", "NumMentions", "ActionGeo_Lat", "ActionGeo_Long", "SOURCEURL",
)  # fmt: skip
CAST = {
    "GoldsteinScale": "double", "NumMentions": "bigint", "ActionGeo_Lat": "double",
    "ActionGeo_Long": "double",
}  # fmt: skip


def after(sample: bytes) -> datetime:
    """Return a day after all events of a sample: no file tells of days after its own."""
    place = COLUMNS.index("SQLDATE")
    last = max(line.split(b"\t")[place] for line in sample.splitlines())
    return datetime.strptime(last.decode(), "%Y%m%d") + timedelta(days=1)


def grow(
    sample: bytes, folder: Path, n_files: int, first_number: int, first: datetime | None = None
) -> list[Path]:
    """Write zipped files of real rows with numbers of their own."""
    first = first or after(sample)
    chosen = random.Random(first_number)
    lines = [line[line.index(b"\t") :] for line in sample.splitlines(keepends=True)]
    folder.mkdir(parents=True, exist_ok=True)
    paths, number = [], first_number
    for index in range(n_files):
        name = f"{first + timedelta(minutes=15 * index):%Y%m%d%H%M%S}.export.CSV"
        text = []
        for line in chosen.choices(lines, k=ROWS_A_FILE):
            text.append(str(number).encode() + line)
            number += 1
        path = folder / f"{name}.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, b"".join(text))
        paths.append(path)
    return paths


def study(folder: Path) -> settings.Settings:
    """Write a study without records."""
    raw = folder / "data" / "raw"
    (raw / "records").mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "data" / "raw" / "reference", raw / "reference", dirs_exist_ok=True)
    (folder / "detente.toml").write_text(STUDY, encoding="utf-8")
    return settings.load(folder / "detente.toml")


def ours(one: settings.Settings, paths: list[Path]) -> int:
    """From zipped files to events that a query can read; returns the rows accounted for."""
    source = sources.named(one, "gdelt2")
    with Warehouse() as warehouse:
        loader = loader_of(one, source, warehouse)
        files = (
            raw_files.raw_file(one, source, remote, path)
            for path in paths
            if (remote := source.recognise(path.name))
        )
        counts = list(loader.load(files))
        loader.compact()
        n = sum(count.n_loaded + count.n_out_of_scope for count in counts)
        n_read, n_rejected = (
            sum(getattr(count, name) for count in counts) for name in ("n_read", "n_rejected")
        )
        # Rows that are refused cost another kind of work: such a sample measures nothing.
        assert n_rejected <= n_read // 100, f"{n_rejected} of {n_read} rows are refused"
        found = sum(
            warehouse.rows(f"select count(*) from {Store(one.events).relation(kind)}")[0][0]
            for kind in ("event", "other")
        )
        assert n <= found
        return n_read


def unzip(paths: list[Path]) -> None:
    """Unpack each file and throw it away."""
    for path in paths:
        with zipfile.ZipFile(path) as archive:
            archive.read(archive.infolist()[0])


def bare(folder: Path, how: str) -> int:
    """DuckDB's reader over the unzipped files.

    'cast': columns named, no sniffing, five columns cast and summed up. 'events': the columns that
    an event has, cast, into a table. 'all': every column into a table. 'sniffed': as a user would
    write it, with the delimiter alone.
    """
    with duckdb.connect() as con:
        con.execute("set threads = 2")
        files = f"'{folder}/*.CSV'"
        named = "{" + ", ".join(f"'{name}': 'varchar'" for name in COLUMNS) + "}"
        exact = (
            f"read_csv({files}, delim = '\t', header = false, quote = '', escape = '', "
            f"auto_detect = false, columns = {named})"
        )
        if how == "cast":
            query = (
                "select count(*), sum(GLOBALEVENTID::bigint), min(strptime(SQLDATE, '%Y%m%d')), "
                f"sum(GoldsteinScale::double), max(SOURCEURL) from {exact}"
            )
            return int(con.execute(query).fetchall()[0][0])
        if how == "events":
            text = [name for name in EVENT_COLUMNS if name not in CAST]
            cast = [f"try_cast({name} as {type_}) as {name}" for name, type_ in CAST.items()]
            con.execute(
                "create temp table t as select try_strptime(SQLDATE, '%Y%m%d') as day, "
                "try_strptime(DATEADDED, '%Y%m%d%H%M%S') as added, "
                f"{', '.join([*text, *cast])} from {exact}"
            )
        elif how == "all":
            con.execute(f"create temp table t as select * from {exact}")
        else:
            con.execute(
                f"create temp table t as select * from read_csv({files}, delim = '\t', "
                "header = false, all_varchar = true)"
            )
        return int(con.execute("select count(*) from t").fetchall()[0][0])


def with_pandas(paths: list[Path]) -> int:
    """Read each zip as text with pandas, as scripts do."""
    n = 0
    for path in paths:
        frame = pd.read_csv(path, sep="\t", header=None, dtype=str)
        n += len(frame)
    return n


def gdeltforge(command: Path, folder: Path, zips: Path) -> None:
    """Convert the zips to Parquet as gdeltforge does with its own defaults."""
    shutil.rmtree(folder, ignore_errors=True)
    raw = folder / "data" / "events_15min" / "raw"
    raw.mkdir(parents=True)
    for path in zips.glob("*.zip"):  # it leaves marks beside them, by which it would skip them
        (raw / path.name).hardlink_to(path)
    subprocess.run(
        [str(command.absolute()), "convert", "--dataset", "events-15min", "--quiet"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    n_files = sum(1 for _ in (raw.parent / "parquet").rglob("*.parquet"))
    assert n_files == len(list(zips.glob("*.zip"))), n_files


def timed(work: Callable[[], object]) -> float:
    """Return the wall time in seconds."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def peak_of_ours(folder: Path, paths: list[Path]) -> tuple[float, float]:
    """Load in a process of its own; return seconds and the peak of its memory in MiB."""
    script = (
        "import sys; from pathlib import Path; sys.path[:0] = "
        f"[{str(Path(__file__).parent)!r}]; import ingest as bench\n"
        f"one = bench.study(Path({str(folder)!r})); "
        "paths = [Path(line) for line in sys.stdin.read().splitlines()]\n"
        "seconds = bench.timed(lambda: bench.ours(one, paths))\n"
        # getrusage would tell the peak of the process that started this one, if that is higher.
        "peak = Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0]\n"
        "print(seconds, int(peak) / 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        input="\n".join(map(str, paths)),
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, peak = done.stdout.split()[-2:]  # DuckDB draws bars before it on a busy machine
    return float(seconds), float(peak)


def stored(one: settings.Settings, n_rows: int) -> None:
    """Fill a store with many events of the past: parts as compaction leaves them, and their log."""
    store = Store(one.events)
    (one.events / "ledger").mkdir(parents=True, exist_ok=True)
    base = store.manifest()
    model = {kind: store.paths(kind)[0] for kind in ("event", "other")}
    a_part = 4_000_000
    parts = []
    with duckdb.connect() as con:
        con.execute("set threads = 2; set memory_limit = '1GB'")
        for index in range(max(1, n_rows // a_part)):
            n = min(a_part, n_rows)
            low = 100_000_000 + index * a_part
            path = f"source=gdelt2/year=2018/event-{index:016x}.parquet"
            (one.events / path).parent.mkdir(parents=True, exist_ok=True)
            con.execute(
                "copy (select * replace ((? + row_number() over ())::varchar as event_id) from "
                f"(select m.* from read_parquet('{model['event']}') as m, "
                f"range((select ceil({n} / count(*))::int from read_parquet('{model['event']}'))) "
                f"limit {n})) to '{one.events / path}' (format parquet, compression zstd)",
                [low],
            )
            size = (one.events / path).stat().st_size
            parts.append(
                Part(
                    path, "gdelt2", "event", n, str(low + 1).zfill(40), str(low + n).zfill(40), size
                )
            )
        # As many files in the ledger as such a store comes from.
        log = store.paths("file")[0]
        n_files = n_rows // 300
        path = "ledger/file-history.parquet"
        con.execute(
            "copy (select * replace ('gdelt2/history-' || i as raw_file_id) from "
            f"(select * from read_parquet('{log}') limit 1), range({n_files}) as t(i)) "
            f"to '{one.events / path}' (format parquet)"
        )
    logs = (*base.logs, manifest.Log(path, "file", n_files))
    manifest.write(one.events, base.next_version(parts=(*base.parts, *parts), logs=logs))


@contextlib.contextmanager
def workplace(folder: Path | None) -> Iterator[Path]:
    """Use a folder given, or a temporary one."""
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
    else:
        with tempfile.TemporaryDirectory() as name:
            yield Path(name)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=Path, required=True, help="a real GDELT 2.0 export file")
    parser.add_argument("--rows", type=int, default=3_000_000)
    parser.add_argument("--store", type=int, default=50_000_000, help="0: leave that out")
    parser.add_argument("--repeat", type=int, default=3, help="how often; the best counts")
    parser.add_argument("--peer", type=Path, help="a gdeltforge command to compare with")
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    sample = asked.sample.read_bytes()
    with workplace(asked.folder) as folder:
        n_files = -(-asked.rows // ROWS_A_FILE)
        paths = grow(sample, folder / "zips", n_files, 900_000_000)
        text = folder / "text"
        text.mkdir(exist_ok=True)
        for path in paths:
            with zipfile.ZipFile(path) as archive:
                archive.extractall(text)
        rows = n_files * ROWS_A_FILE
        size = sum(path.stat().st_size for path in text.iterdir())
        print(
            f"{rows} rows in {n_files} zips, {size / 1e6:.0f} MB unzipped, {os.cpu_count()} cores"
        )
        work: dict[str, Callable[[], float]] = {
            "unzip": lambda: timed(lambda: unzip(paths)),
            "duckdb, columns named, five cast": lambda: timed(lambda: bare(text, "cast")),
            "duckdb, columns named, an event's kept": lambda: timed(lambda: bare(text, "events")),
            "duckdb, columns named, all kept": lambda: timed(lambda: bare(text, "all")),
            "duckdb, sniffed, all kept": lambda: timed(lambda: bare(text, "sniffed")),
            "pandas": lambda: timed(lambda: with_pandas(paths)),
        }
        if asked.peer:
            work["gdeltforge convert"] = lambda: timed(
                lambda: gdeltforge(asked.peer, folder / "peer", folder / "zips")
            )
        seconds, peak = peak_of_ours(folder / "ours", paths)
        result = {"ours": seconds, **{name: one() for name, one in work.items()}}
        for _ in range(asked.repeat - 1):
            shutil.rmtree(folder / "ours")
            seconds, again = peak_of_ours(folder / "ours", paths)
            peak = max(peak, again)
            once = {"ours": seconds, **{name: one() for name, one in work.items()}}
            result = {name: min(value, once[name]) for name, value in result.items()}
        seconds = result["ours"]
        for name, value in result.items():
            print(f"{name:40} {value:8.2f} s")
        floor = result["unzip"] + result["duckdb, columns named, five cast"]
        print(f"{'ours / (unzip + duckdb named, cast)':40} {seconds / floor:8.2f}   (at most 1.5)")
        for what in ("an event's kept", "all kept"):
            bound = result["unzip"] + result[f"duckdb, columns named, {what}"]
            print(f"{f'ours / (unzip + duckdb named, {what})':40} {seconds / bound:8.2f}")
        print(f"{'pandas / ours':40} {result['pandas'] / seconds:8.2f}   (at least 3)")
        if asked.peer:
            ratio = result["gdeltforge convert"] / seconds
            print(f"{'gdeltforge convert / ours':40} {ratio:8.2f}   (above 1)")
        print(f"{'peak memory of ours, MiB':40} {peak:8.0f}   (below 2048)")
        shutil.rmtree(text)
        if asked.store:
            nights(sample, folder, asked.store)
        print(json.dumps({name: round(value, 3) for name, value in result.items()}))


def nights(sample: bytes, folder: Path, n_rows: int) -> None:
    """Measure a night of 96 files into an empty store and into one of many events."""
    night = grow(sample, folder / "night", 96, 2_000_000_000, after(sample) + timedelta(days=900))
    seed = grow(sample, folder / "seed", 20, 1_000_000)
    times: dict[str, list[float]] = {"empty": [], "full": []}
    full = study(folder / "full")
    ours(full, seed)
    stored(full, n_rows)
    copies = folder / "copies"
    for turn in range(3):
        empty = study(copies / f"empty-{turn}")
        times["empty"].append(timed(lambda one=empty: ours(one, night)))
        # The same store again, without what the turn before added: only the list is copied back.
        kept = (full.events / manifest.NAME).read_bytes()
        times["full"].append(timed(lambda: ours(full, night)))
        (full.events / manifest.NAME).write_bytes(kept)
    ratio = min(times["full"]) / min(times["empty"])
    print(f"{'a night into an empty store':40} {min(times['empty']):8.2f} s")
    print(f"{f'a night into {n_rows} events':40} {min(times['full']):8.2f} s")
    print(f"{'full / empty':40} {ratio:8.2f}   (at most 1.3)")


if __name__ == "__main__":
    main()
