"""Detente beside what one would use instead, on this machine, now; writes docs/benchmarks.md.

For each thing to be done every contender does it once in a process of its own, in turns, several
turns; medians are compared. Libraries that are not detente's are put into a Python of their own by
pip, and left out with a line that says so where that fails. What is measured is the work: the start
of the program and its imports are not.

Run: python -m bench.run [--full] [--sample FILE] [--folder FOLDER] [--study DETENTE.TOML]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
import venv
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib import metadata
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd
import vl_convert
from jinja2 import Template

from bench import indices, ingest, night
from detente import settings
from detente.base.errors import DetenteError
from detente.database.builder import Warehouse
from detente.records import reference
from detente.refresh import pipeline
from detente.settings import Paths

ROOT = Path(__file__).resolve().parents[1]
PAGE, FIGURES = ROOT / "docs" / "benchmarks.md", ROOT / "docs" / "figures"
TEMPLATE = ROOT / "bench" / "benchmarks.md.j2"
OURS = "detente"
# Which Python a contender runs in: this one, that of the peers, or R.
HERE, PEERS, R = "here", "peers", "R"


@dataclass(frozen=True)
class Thing:
    """Something to be done by several contenders, detente the first.

    Attributes
    ----------
    name, title, about
        In bench/contenders.py, in words, and what each contender does.
    contenders
        Each with the Python that it runs in.
    has_one_answer
        The numbers that they give have to be equal.
    """

    name: str
    title: str
    about: str
    contenders: dict[str, str]
    has_one_answer: bool = False


THINGS = (
    Thing(
        "load", "Load zipped GDELT files",
        "detente checks, places every row in an account, leaves out doubles and writes typed, "
        "compressed columns; it commits to disk as it goes. `duckdb` unzips and reads the columns "
        "of an event into memory, with their types; `pandas` and `polars` read every column as "
        "text into memory; `gdeltforge` is its command `convert`; `gdelt` is the function of "
        "gdeltPyR that reads a file, fed by a server on the same machine.",
        {OURS: HERE, "duckdb": HERE, "pandas": HERE, "polars": PEERS, "gdeltforge": PEERS,
         "gdelt": PEERS},
        has_one_answer=True,
    ),
    Thing(
        "months", "Sums by directed pair and month, all events and one a day",
        "detente's sums are exact (whole numbers), count four quad classes as well, and look every "
        "code up in the scale; the others group a file in which the value stands already, `pandas` "
        "from CSV, the others from Parquet.",
        {OURS: HERE, "duckdb": HERE, "pandas": HERE, "polars": PEERS},
        has_one_answer=True,
    ),
    Thing(
        "breaks", "Breaks in the mean of 240 months",
        "detente finds number and dates, tests them robustly against autocorrelation and gives "
        "each date an interval; `ruptures` finds the dates of a given number of breaks; "
        "`strucchange` (R) finds number and dates and gives intervals.",
        {OURS: HERE, "ruptures": PEERS, "strucchange": R},
    ),
    Thing(
        "granger", "Granger causality in both directions, 240 months",
        "detente looks for unit roots and adds lags against them, tests the residuals and sums "
        "the lags; `statsmodels` is its VAR with lags by AIC and its plain test.",
        {OURS: HERE, "statsmodels": HERE},
    ),
    Thing(
        "level", "The level of one sign over 240 months",
        "detente's model has a dispersion and zeros of its own and weighs the values of its "
        "parameters; `statsmodels` fits the Gaussian local level to the logs by the Kalman filter "
        "with its most likely parameters.",
        {OURS: HERE, "statsmodels": HERE},
    ),
)  # fmt: skip


@dataclass
class Measured:
    """What one contender took, turn by turn."""

    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak: float | None = None
    number: float = 0
    problem: str = ""

    def add(self, told: dict[str, float]) -> None:
        """Add a turn."""
        self.seconds.append(told["seconds"])
        self.cpu.append(told["cpu"])
        self.number = told["number"]
        if told["peak"] is not None:
            self.peak = max(self.peak or 0.0, told["peak"])


def python_of_peers(folder: Path) -> tuple[Path, dict[str, str]]:
    """Make a Python with the peers' libraries; return it and why any of them is missing."""
    python = folder / "peers" / "bin" / "python"
    if not python.is_file():
        venv.create(folder / "peers", with_pip=True)
    missing = {}
    for name in sorted(
        {n for one in THINGS for n, where in one.contenders.items() if where == PEERS}
    ):
        done = subprocess.run(
            [python, "-m", "pip", "install", "--quiet", name], capture_output=True, text=True
        )
        if done.returncode:
            missing[name] = "pip could not install it"
    return python, missing


def in_turns(
    thing: Thing, folder: Path, python: Path, missing: dict[str, str], turns: int
) -> dict[str, Measured]:
    """Have each contender do a thing once a turn."""
    found = {name: Measured() for name in thing.contenders}
    for _ in range(turns):
        for name, where in thing.contenders.items():
            one = found[name]
            if where == R and not shutil.which("Rscript"):
                one.problem = "Rscript is not installed"
            one.problem = one.problem or (missing.get(name, "") if where == PEERS else "")
            if one.problem:
                continue
            scratch = folder / "scratch"
            shutil.rmtree(scratch, ignore_errors=True)  # of a run that was stopped
            scratch.mkdir()
            for path in (folder / "inputs").iterdir():
                (scratch / path.name).symlink_to(path)
            program = python if where == PEERS else Path(sys.executable)
            done = subprocess.run(
                [program, ROOT / "bench" / "contenders.py", thing.name, name, scratch],
                capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "2"},
            )  # fmt: skip
            shutil.rmtree(scratch)
            if done.returncode:
                said = done.stderr.strip().splitlines()
                reason = said[-1] if said else str(done.returncode)
                one.problem = f"it failed: {textwrap.shorten(reason, 120, placeholder=' ...')}"
            else:
                one.add(json.loads(done.stdout.strip().splitlines()[-1]))
    told = {one.number for one in found.values() if one.seconds and one.number >= 0}
    if thing.has_one_answer and len(told) > 1:
        raise SystemExit(f"{thing.title}: the contenders did not do the same: {sorted(told)}")
    return found


# -- inputs ----------------------------------------------------------------------------------------


def write_inputs(folder: Path, sample: bytes, rows: int, n_events: int) -> None:
    """Write what the contenders read."""
    inputs = folder / "inputs"
    inputs.mkdir(parents=True)
    ingest.grow(sample, inputs / "zips", -(-rows // ingest.ROWS_A_FILE), 900_000_000)
    with Warehouse() as warehouse:
        indices.made(warehouse, inputs / "events.parquet", n_events, 800)
        columns = "actor1_iso3, actor2_iso3, event_date, cameo_code, goldstein"
        for name, kind in (("scored.parquet", "parquet"), ("scored.csv", "csv")):
            warehouse.execute(
                f"copy (select {columns} from read_parquet('{inputs}/events.parquet') "
                f"inner join core.cameo using (cameo_code)) to '{inputs}/{name}' (format {kind})"
            )
    rng = np.random.default_rng(1)
    shifts = np.repeat([2.0, 3.0, 1.5], 80)
    np.savetxt(inputs / "series.txt", shifts + rng.normal(0, 0.7, 240))
    two = np.zeros((240, 2))
    for month in range(1, 240):
        two[month] = two[month - 1] @ [[0.5, 0.0], [0.3, 0.4]] + rng.normal(0, 1, 2)
    np.savetxt(inputs / "two.txt", two)


def made_up_sample() -> bytes:
    """Return lines like those of a GDELT file, of states and codes with heavy tails."""
    rng = np.random.default_rng(2)
    with Warehouse() as warehouse:
        warehouse.create_inputs()
        reference.load(warehouse, ROOT / "data" / "raw" / "reference")
        states, codes = (
            [name for (name,) in warehouse.rows(f"select {column} from core.{table} order by all")]
            for column, table in (("iso3", "actor"), ("cameo_code", "cameo"))
        )
    lines = []
    for number in range(ingest.ROWS_A_FILE):
        values = dict.fromkeys(ingest.COLUMNS, "")
        one, two = (states[int(len(states) * rng.random() ** 5)] for _ in range(2))
        code = codes[int(len(codes) * rng.random() ** 3)]
        values |= {
            "GLOBALEVENTID": str(number), "SQLDATE": "20190101", "MonthYear": "201901",
            "Actor1Code": one, "Actor1Name": one, "Actor1CountryCode": one,
            "Actor2Code": two, "Actor2Name": two, "Actor2CountryCode": two,
            "IsRootEvent": "1", "EventCode": code, "EventBaseCode": code, "EventRootCode": code[:2],
            "NumMentions": str(1 + rng.poisson(4)), "NumSources": "1",
            "AvgTone": f"{rng.normal():.6f}",
            "DATEADDED": "20190101000000",
            "SOURCEURL": f"https://example.org/{rng.integers(1e12)}/a-report-of-the-day.html",
        }  # fmt: skip
        lines.append("\t".join(values[name] for name in ingest.COLUMNS))
    return "\n".join([*lines, ""]).encode()


# -- what detente alone does -----------------------------------------------------------------------


def growth(folder: Path, sample: bytes, sizes: Sequence[int]) -> pd.DataFrame:
    """Load more and more rows: seconds, processor's microseconds a row, memory, bytes on disk."""
    rows = []
    for n_rows in sizes:
        place = folder / "growth"
        n_files = -(-n_rows // ingest.ROWS_A_FILE)
        paths = ingest.grow(sample, place / "inputs" / "zips", n_files, 900_000_000)
        zipped = sum(path.stat().st_size for path in paths)
        done = subprocess.run(
            [sys.executable, ROOT / "bench" / "contenders.py", "load", OURS, place / "inputs"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        told = json.loads(done.stdout.strip().splitlines()[-1])
        kept = sum(path.stat().st_size for path in (place / "inputs").rglob("*.parquet"))
        n = n_files * ingest.ROWS_A_FILE
        rows.append(
            {"rows": n, "seconds": told["seconds"], "us": 1e6 * told["cpu"] / n,
             "peak": told["peak"], "zipped": zipped / n, "kept": kept / n}
        )  # fmt: skip
        shutil.rmtree(place)
    return pd.DataFrame(rows)


def nights(folder: Path, n_events: int, n_days: int) -> dict[str, tuple[float, float]]:
    """Build a store in full, then bring it up to date with a night, and with nothing."""
    study = settings.load(ROOT / "detente.toml")
    paths = Paths(processed=folder / "processed", reports=folder / "reports")
    off = study.inference.model_copy(update={"enabled": False})
    study = study.model_copy(update={"paths": paths, "inference": off})
    a_day = night.make_store(study, n_events, n_days)
    found = {}
    last = indices.FIRST + timedelta(days=n_days - 1)
    for name in ("full build", "a night", "a night without news"):
        if name == "a night":
            night.add_night(study, a_day, last)
        started, busy = time.perf_counter(), time.process_time()
        pipeline.refresh(study)
        found[name] = (time.perf_counter() - started, time.process_time() - busy)
    return found


def report_seconds(study: Path | None) -> float | None:
    """Return how long the whole site of a published study takes; None if there is none."""
    from detente.report import run as report

    with tempfile.TemporaryDirectory() as folder:
        try:
            chosen = settings.load(study)
            paths = chosen.paths.model_copy(update={"reports": Path(folder)})
            started = time.perf_counter()
            report.render_all(chosen.model_copy(update={"paths": paths}))
        except DetenteError as error:  # nothing is published, or by an older version
            print(f"The report is left out: {error}")
            return None
        return time.perf_counter() - started


# -- the page --------------------------------------------------------------------------------------


def machine() -> str:
    """Say what the machine is and how busy it was."""
    names = [
        line.split(":")[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} processors ({names[0] if names else platform.machine()}), "
        f"{memory:.0f} GiB of memory, {platform.system()}, Python {platform.python_version()}"
    )


def versions(python: Path, missing: dict[str, str]) -> str:
    """Name the version of each library."""
    here = ["detente", "duckdb", "pandas", "statsmodels", "numpy", "scipy"]
    told = [f"{name} {metadata.version(name)}" for name in here]
    names = sorted({n for one in THINGS for n, where in one.contenders.items() if where == PEERS})
    script = "import sys; from importlib.metadata import version as v; print(v(sys.argv[1]))"
    for name in (name for name in names if name not in missing):
        done = subprocess.run([python, "-c", script, name], capture_output=True, text=True)
        told.append(f"{name} {done.stdout.strip()}")
    return ", ".join(told)


def table_of(found: dict[str, Measured]) -> list[str]:
    """Return the lines of a thing's table."""
    ours = statistics.median(found[OURS].seconds) if found[OURS].seconds else None
    lines = [
        "| | seconds | spread | as a multiple of detente | processor, s | peak, MiB |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, one in found.items():
        if not one.seconds:
            lines.append(f"| {name} | left out: {one.problem} | | | | |")
            continue
        middle = statistics.median(one.seconds)
        ratio = f"{middle / ours:.2f}" if ours else ""
        peak = "" if one.peak is None else f"{one.peak:,.0f}"
        spread = f"{min(one.seconds):.3g} to {max(one.seconds):.3g}"
        cpu = f"{statistics.median(one.cpu):.3g}"
        lines.append(f"| {name} | {middle:.3g} | {spread} | {ratio} | {cpu} | {peak} |")
    return lines


def chart_of_ratios(found: dict[str, dict[str, Measured]]) -> str:
    """Draw each contender's time as a multiple of detente's."""
    rows = []
    for thing in THINGS:
        middle = {
            name: statistics.median(one.seconds)
            for name, one in found[thing.name].items()
            if one.seconds
        }
        rows += [
            {"thing": thing.title, "who": name, "ratio": seconds / middle[OURS]}
            for name, seconds in middle.items()
            if name != OURS and OURS in middle
        ]
    data = pd.DataFrame(rows)
    ends = [min(0.5, data["ratio"].min()), max(2.0, data["ratio"].max())]
    axis = alt.X(
        "ratio:Q",
        scale=alt.Scale(type="log", domain=ends),
        title="time, detente = 1 (left of it: faster)",
    )
    one = pd.DataFrame({"ratio": [1.0]})
    drawn = [
        alt.layer(
            alt.Chart(one).mark_rule(strokeDash=[4, 3]).encode(x=axis),
            alt.Chart(of_thing).mark_circle(size=70).encode(x=axis, y=alt.Y("who:N", title=None)),
        ).properties(width=420, title=str(title))
        for title, of_thing in data.groupby("thing", sort=False)
    ]
    return str(vl_convert.vegalite_to_svg(alt.vconcat(*drawn).to_dict()))


def chart_of_growth(grown: pd.DataFrame) -> str:
    """Draw what a row costs by the number of rows."""
    drawn = (
        alt.Chart(grown)
        .mark_line(point=True)
        .encode(
            x=alt.X("rows:Q", scale=alt.Scale(type="log"), title="rows loaded"),
            y=alt.Y("us:Q", title="processor, microseconds a row", scale=alt.Scale(zero=True)),
        )
        .properties(width=420, height=180)
    )
    return str(vl_convert.vegalite_to_svg(drawn.to_dict()))


def main() -> None:
    """Measure, print and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="larger inputs, more turns")
    parser.add_argument("--sample", type=Path, help="a real GDELT 2.0 export file, unzipped")
    parser.add_argument("--folder", type=Path, help="where to work; the peers are kept there")
    parser.add_argument("--study", type=Path, help="settings of a published study, for its report")
    parser.add_argument("--rows", type=int, help="rows to load")
    asked = parser.parse_args()
    rows = asked.rows or (3_000_000 if asked.full else 1_000_000)
    n_events, turns = (10 * rows // 3, 5) if asked.full else (rows, 3)
    sample = asked.sample.read_bytes() if asked.sample else made_up_sample()
    with ingest.workplace(asked.folder) as folder:
        shutil.rmtree(folder / "inputs", ignore_errors=True)
        write_inputs(folder, sample, rows, n_events)
        python, missing = python_of_peers(folder)
        load_before = os.getloadavg()[0]
        found = {}
        for thing in THINGS:
            found[thing.name] = in_turns(thing, folder, python, missing, turns)
            print(f"\n{thing.title}", *table_of(found[thing.name]), sep="\n", flush=True)
        unit = rows if asked.full else rows // 3
        grown = growth(folder, sample, [unit * times for times in (1, 3, 10, 30)])
        print("\nGrowth", grown.to_string(index=False), sep="\n", flush=True)
        with tempfile.TemporaryDirectory(dir=folder) as place:
            spent = nights(Path(place), n_events, 3650)
        print("\nNights", spent, flush=True)
        site = report_seconds(asked.study)
        about = {
            "day": date.today(),
            "machine": machine(),
            "load": (load_before, os.getloadavg()[0]),
            "rows": rows,
            "rows_a_file": ingest.ROWS_A_FILE,
            "is_real": asked.sample is not None,
            "turns": turns,
            "versions": versions(python, missing),
        }
        template = Template(TEMPLATE.read_text(encoding="utf-8"), trim_blocks=True)
        text = template.render(
            about=about,
            tables=[(one.title, one.about, table_of(found[one.name])) for one in THINGS],
            grown=list(grown.itertuples()),
            n_events=n_events,
            spent=spent,
            site=site,
            has_quarto=shutil.which("quarto") is not None,
        )
        FIGURES.mkdir(exist_ok=True)
        (FIGURES / "benchmarks.svg").write_text(chart_of_ratios(found), encoding="utf-8")
        (FIGURES / "growth.svg").write_text(chart_of_growth(grown), encoding="utf-8")
        PAGE.write_text(text + "\n", encoding="utf-8")
        print(f"\n{PAGE}")


if __name__ == "__main__":
    main()
