"""A feed of many rows from zipped files to the report: load, build, statistics, pages.

Files of GDELT 1.0, one a day, are made up from the lines of a real one: each row takes a line of
the sample with its code, tone, places and missing values; where two states meet, the pair is drawn
with heavy tails from all states; three rows share an address. A study of five states then refreshes
and reports on them by the command line, in processes whose memory is watched together.

Run: python -m bench.whole --sample FILE [--rows 10000000] [--days 3650]
     [--folder FOLDER]

DuckDB takes four fifths of the memory that it finds. To see what a smaller machine would need, run
it in a control group: systemd-run --scope -p MemoryMax=4G python -m bench.whole ...
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import psutil

from detente.sources.gdelt2 import COLUMNS

ROOT = Path(__file__).resolve().parents[1]
FIRST = date(2015, 1, 1)
# Days whose lines are made at once.
SPAN = 20
_STUDY = """\
[study]
name = "Many rows"
start = 2015-01-01
actors = ["CHN", "JPN", "KOR", "PRK", "USA"]
focal_dyad = ["JPN", "KOR"]

[sources.gdelt1]
enabled = true
start = 2015-01-01
base_url = "file://{mirror}/"
"""
FIELDS = tuple(name for name in COLUMNS if not name.endswith("ADM2Code"))
_LINES = """
with drawn as (
    select
        {first_row} + n as number,
        ({first_day} + n // {a_day})::integer as d,
        floor({n_lines} * random())::integer as i,
        floor(pow(random(), 6) * (select count(*) from state))::integer as a,
        floor(pow(random(), 6) * (select count(*) from state))::integer as b,
    from range({a_day} * {n_days}) as numbers (n)
),

told as (
    select
        line.* replace (
            number::varchar as GLOBALEVENTID,
            strftime(date '{first}' + d, '%Y%m%d') as SQLDATE,
            strftime(date '{first}' + d, '%Y%m%d') as DATEADDED,
            if(is_between, one.iso3, Actor1CountryCode) as Actor1CountryCode,
            if(is_between, one.iso3 || substr(Actor1Code, 4), Actor1Code) as Actor1Code,
            if(is_between, two.iso3, Actor2CountryCode) as Actor2CountryCode,
            if(is_between, two.iso3 || substr(Actor2Code, 4), Actor2Code) as Actor2Code,
            'https://example.org/' || hash(number // 3) || '/a-report-of-the-day.html'
                as SOURCEURL
        ),
        d,
    from drawn
    inner join line using (i)
    inner join state as one on one.i = a
    inner join state as two on two.i = b
)

select d, string_agg({fields}, chr(10)) || chr(10) from told group by d
"""


@dataclass(frozen=True)
class Measured:
    """What a command took."""

    name: str
    seconds: float
    cpu: float
    peak_mib: float


def make(folder: Path, sample: Path, n_rows: int, n_days: int) -> int:
    """Write the files with their list of checksums; return how many rows they have."""
    folder.mkdir(parents=True, exist_ok=True)
    a_day = -(-n_rows // n_days)
    connection = duckdb.connect(config={"threads": 1, "memory_limit": "2GB"})
    connection.execute("select setseed(0.5)")
    names = ", ".join(f"'{name}': 'varchar'" for name in FIELDS)
    connection.execute(
        "create table line as select row_number() over () - 1 as i, *, "
        "Actor1CountryCode <> Actor2CountryCode as is_between "
        f"from read_csv('{sample}', delim = '\t', header = false, quote = '', escape = '', "
        f"auto_detect = false, columns = {{{names}}})"
    )
    (n_lines,) = connection.execute("select count(*) from line").fetchone() or (0,)
    connection.execute(
        "create table state as select iso3, row_number() over (order by place, hash(iso3)) - 1 "
        "as i from (select iso3, coalesce(list_position(['USA', 'CHN', 'JPN', 'KOR'], iso3), 9) "
        f"as place from read_csv('{ROOT / 'data/raw/reference/actors.csv'}') where is_state)"
    )
    fields = "concat_ws(chr(9), " + ", ".join(f"coalesce({name}, '')" for name in FIELDS) + ")"
    sums = []
    with ThreadPoolExecutor(2) as pool:
        for start in range(0, n_days, SPAN):
            found = connection.execute(
                _LINES.format(
                    first_row=start * a_day,
                    first_day=start,
                    a_day=a_day,
                    n_lines=n_lines,
                    n_days=min(SPAN, n_days - start),
                    first=FIRST,
                    fields=fields,
                )
            ).fetchall()
            days = [(folder, FIRST + timedelta(days=d), text) for d, text in found]
            sums += list(pool.map(_zipped, days))
    (folder / "md5sums").write_text("".join(sorted(sums)), encoding="utf-8")
    return a_day * n_days


def _zipped(given: tuple[Path, date, str]) -> str:
    folder, day, text = given
    name = f"{day:%Y%m%d}.export.CSV"
    path = folder / f"{name}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(name, text)
    return f"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}  {path.name}\n"


def watched(name: str, command: Sequence[str], folder: Path) -> Measured:
    """Run a command; measure it and the most memory that it and its children held together."""
    before, started = os.times(), time.perf_counter()
    running = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    peak = 0
    while running.poll() is None:
        peak = max(peak, sum(_memory(running.pid)))
        time.sleep(0.25)
    if running.returncode:
        sys.exit(f"{name} ended with {running.returncode}")
    after = os.times()
    cpu = (
        after.children_user + after.children_system - before.children_user - before.children_system
    )
    return Measured(name, time.perf_counter() - started, cpu, peak / 2**20)


def _memory(pid: int) -> Iterator[int]:
    """Yield what each process of a tree holds, shared pages counted once among those that share."""
    try:
        top = psutil.Process(pid)
        family = [top, *top.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for one in family:
        try:
            yield one.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue


def main() -> None:
    """Make the files, run the commands, print what they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=Path, required=True, help="a daily file, 58 columns")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--days", type=int, default=3650)
    parser.add_argument("--folder", type=Path, default=None, help="where to write (much)")
    given = parser.parse_args()
    if given.folder:
        given.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        mirror, study = folder / "mirror", folder / "study"
        n_rows = make(mirror, given.sample.resolve(), given.rows, given.days)
        zipped = sum(path.stat().st_size for path in mirror.glob("*.zip"))
        print(f"{n_rows:,} rows in {given.days:,} files, {zipped / n_rows:.0f} bytes a row zipped")
        study.mkdir()
        (study / "detente.toml").write_text(_STUDY.format(mirror=mirror), encoding="utf-8")
        detente = [sys.executable, "-m", "detente"]
        found = [
            watched("refresh", [*detente, "refresh"], study),
            watched("a refresh without news", [*detente, "refresh"], study),
            watched("report", [*detente, "report", "--all"], study),
        ]
        (limit,) = duckdb.execute("select current_setting('memory_limit')").fetchone() or ("",)
        print(f"DuckDB takes at most {limit} of the memory at hand")
        print(f"{'':<24}{'seconds':>10}{'processor':>11}{'us a row':>10}{'peak, MiB':>11}")
        for one in found:
            print(
                f"{one.name:<24}{one.seconds:>10.1f}{one.cpu:>11.1f}"
                f"{1e6 * one.cpu / n_rows:>10.2f}{one.peak_mib:>11,.0f}"
            )
        database = study / "data" / "processed" / "detente.duckdb"
        with duckdb.connect(str(database), read_only=True) as published:
            for row in published.execute(
                "select one.key, one.value from (select unnest(map_entries(step_seconds)) as one "
                "from (from meta.run where outcome = 'published' order by started_at limit 1))"
            ).fetchall():
                print(f"{row[0]:<24}{row[1]:>10.1f}")
            (in_scope,) = published.execute("select count(*) from core.event").fetchone() or (0,)
            print(f"{in_scope:,} events in scope")


if __name__ == "__main__":
    main()
