"""One program doing one thing once, in a process of its own; called by `bench/run.py`.

Each contender is a function that gets ready (imports, inputs) and returns the work that is timed;
the work returns a number by which the contenders of a thing are seen to do the same. A contender
imports nothing but its own library, so that it runs in a Python that has that library alone.

Run: python bench/contenders.py THING CONTENDER FOLDER
"""

from __future__ import annotations

import io
import json
import resource
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Work = Callable[[], float]
ROOT = Path(__file__).resolve().parents[1]
# Of GDELT's 61 columns: pair, day, code, scale value, number of mentions.
_DAY, _FIRST, _SECOND, _CODE, _GOLDSTEIN, _MENTIONS = 1, 7, 17, 26, 30, 31
_KEYS = ["actor1_iso3", "actor2_iso3", "month"]


def _zips(folder: Path) -> list[Path]:
    return sorted((folder / "zips").glob("*.zip"))


def _ours() -> None:
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]


# -- zipped files to events that a query can read; the number is that of the rows read -------------


def load_detente(folder: Path) -> Work:
    """Check, leave out doubles, account for every row, write to disk."""
    _ours()
    from bench import ingest

    study = ingest.study(folder / "detente")
    return lambda: ingest.ours(study, _zips(folder))


def load_duckdb(folder: Path) -> Work:
    """Unzip, then read with all columns named and an event's cast, into memory."""
    _ours()
    from bench import ingest

    text = folder / "text"

    def work() -> float:
        text.mkdir()
        for path in _zips(folder):
            with zipfile.ZipFile(path) as archive:
                archive.extractall(text)
        return ingest.bare(text, "events")

    return work


def load_pandas(folder: Path) -> Work:
    """Read each zip as text and put them together, as scripts do."""
    import pandas as pd

    def work() -> float:
        frames = [
            pd.read_csv(path, sep="\t", header=None, dtype=str, quoting=3) for path in _zips(folder)
        ]
        return len(pd.concat(frames))

    return work


def load_polars(folder: Path) -> Work:
    """Unpack each zip in memory, read it as text, put them together."""
    import polars as pl

    def frames() -> Iterator[Any]:
        for path in _zips(folder):
            with zipfile.ZipFile(path) as archive:
                text = archive.read(archive.infolist()[0])
            yield pl.read_csv(
                io.BytesIO(text), separator="\t", has_header=False, quote_char=None,
                infer_schema=False,
            )  # fmt: skip

    return lambda: len(pl.concat(frames()))


def load_gdeltforge(folder: Path) -> Work:
    """Run its command `convert`, to Parquet, with its own defaults."""
    raw = folder / "forge" / "data" / "events_15min" / "raw"
    raw.mkdir(parents=True)
    for path in _zips(folder):
        shutil.copy(path, raw)
    command = [str(Path(sys.executable).parent / "gdeltforge"), "convert", "--dataset"]

    def work() -> float:
        subprocess.run(
            [*command, "events-15min", "--quiet"],
            cwd=folder / "forge",
            check=True,
            capture_output=True,
        )
        n_files = sum(1 for _ in (raw.parent / "parquet").rglob("*.parquet"))
        if n_files != len(_zips(folder)):
            raise RuntimeError(f"{n_files} files were converted")
        return -1  # it does not say how many rows

    return work


def load_gdelt(folder: Path) -> Work:
    """Take the step of gdeltPyR that reads a file, from a server on this machine."""
    import functools
    import http.server
    import threading

    import pandas as pd
    from gdelt.parallel import _mp_worker

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(folder / "zips"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}"

    def work() -> float:
        frames = [_mp_worker(f"{address}/{path.name}") for path in _zips(folder)]
        return len(pd.concat(frames))

    return work


# -- sums by directed pair and month, all events and one a day; the number is that of the rows -----


def months_detente(folder: Path) -> Work:
    """Add up exactly: events to days, days to months."""
    _ours()
    from bench import indices

    warehouse = indices.opened(folder / "detente.duckdb", folder / "events.parquet")
    query = (
        "create table t as select counting, actor1_iso3, actor2_iso3, "
        "date_trunc('month', day) as month, sum(n_events) as n, sum(cooperation), sum(conflict) "
        "from marts.day_sums('goldstein', 'all', 'none', null, null) group by all"
    )

    def work() -> float:
        warehouse.execute(query)
        return float(warehouse.rows("select count(*) from t")[0][0])

    return work


def months_duckdb(folder: Path) -> Work:
    """Group the same events plainly."""
    import duckdb

    scored = (
        f"(select actor1_iso3, actor2_iso3, event_date, cameo_code, goldstein from "
        f"read_parquet('{folder}/scored.parquet'))"
    )
    sums = (
        "date_trunc('month', event_date) as month, count(*), "
        "sum(goldstein) filter (goldstein > 0), sum(goldstein) filter (goldstein < 0)"
    )
    pair = "actor1_iso3, actor2_iso3"

    def work() -> float:
        con = duckdb.connect()
        con.execute("set threads = 2")
        con.execute(
            f"create table t as select 'all', {pair}, {sums} from {scored} group by all "
            f"union all select 'one_a_day', {pair}, {sums} from (select distinct * from {scored}) "
            "group by all"
        )
        return float(con.execute("select count(*) from t").fetchall()[0][0])

    return work


def months_pandas(folder: Path) -> Work:
    """Group by, with pandas, from a CSV file of the columns needed."""
    import pandas as pd

    def work() -> float:
        frame = pd.read_csv(folder / "scored.csv", parse_dates=["event_date"], dtype={3: str})
        n = 0
        for one in (frame, frame.drop_duplicates([*_KEYS[:2], "event_date", "cameo_code"])):
            value = one["goldstein"]
            sums = pd.DataFrame({
                "n": 1, "cooperation": value.clip(lower=0), "conflict": -value.clip(upper=0),
            })  # fmt: skip
            month = one["event_date"].dt.to_period("M")
            n += len(sums.groupby([one["actor1_iso3"], one["actor2_iso3"], month]).sum())
        return n

    return work


def months_polars(folder: Path) -> Work:
    """Group by, with polars, from Parquet."""
    import polars as pl

    def work() -> float:
        frame = pl.scan_parquet(folder / "scored.parquet").with_columns(
            month=pl.col("event_date").dt.truncate("1mo")
        )
        once = frame.unique(["actor1_iso3", "actor2_iso3", "event_date", "cameo_code"])
        value = pl.col("goldstein")
        return sum(
            len(
                one.group_by(_KEYS)
                .agg(pl.len(), value.clip(lower_bound=0).sum(),
                     value.clip(upper_bound=0).sum().alias("conflict"))
                .collect()
            )
            for one in (frame, once)
        )  # fmt: skip

    return work


# -- breaks in the mean of 240 months; the number is that of the breaks ----------------------------


def _series(folder: Path) -> Any:
    import numpy as np

    return np.loadtxt(folder / "series.txt")


def breaks_detente(folder: Path) -> Work:
    """Find number, dates and intervals; test robustly against autocorrelation."""
    _ours()
    import pandas as pd

    from detente.statistics.breaks.results import BreakAnalysis
    from detente.statistics.breaks.search import find_breaks

    index = pd.period_range("2005-01", periods=240, freq="M")
    series = pd.Series(_series(folder), index)

    def work() -> float:
        found = find_breaks(series)
        return len(found.breaks) if isinstance(found, BreakAnalysis) else -1

    return work


def breaks_ruptures(folder: Path) -> Work:
    """Run the same dynamic programme for two breaks: neither tests nor intervals."""
    import ruptures

    values = _series(folder)
    return lambda: (
        len(ruptures.Dynp(model="l2", min_size=36, jump=1).fit(values).predict(n_bkps=2)) - 1
    )


_R = """
suppressMessages(library(strucchange))
y <- scan("{folder}/series.txt", quiet = TRUE)
seconds <- system.time({{ b <- breakpoints(y ~ 1, h = 36); ci <- confint(b) }})["elapsed"]
cat(sprintf('{{"seconds": %f, "cpu": %f, "peak": null, "number": %d}}', seconds, seconds,
            length(b$breakpoints)))
"""


# -- whether one series helps to predict the other, 240 months; the number is that of the lags -----


def _two_series(folder: Path) -> Any:
    import numpy as np
    import pandas as pd

    values = np.loadtxt(folder / "two.txt")
    index = pd.period_range("2005-01", periods=len(values), freq="M")
    return pd.DataFrame(values, index, ["one", "other"])


def granger_detente(folder: Path) -> Work:
    """Test both directions with an extra lag against unit roots, lag sums, residuals tested."""
    _ours()
    from detente.statistics.reciprocity import granger
    from detente.statistics.reciprocity.var_model import VarFit, fit_var

    frame = _two_series(folder)

    def work() -> float:
        fitted = fit_var(frame)
        if not isinstance(fitted, VarFit):
            return -1
        for ends in (("one", "other"), ("other", "one")):
            granger.granger(fitted, ends[0], [ends[1]])
        return fitted.lag

    return work


def granger_statsmodels(folder: Path) -> Work:
    """Fit a VAR with lags by AIC; test plainly in both directions."""
    from statsmodels.tsa.api import VAR

    frame = _two_series(folder).to_numpy()

    def work() -> float:
        fitted = VAR(frame).fit(maxlags=12, ic="aic")
        for ends in ((0, 1), (1, 0)):
            fitted.test_causality(*ends)
        return float(fitted.k_ar)

    return work


# -- the level of a relation over 240 months; the number is that of the months ---------------------


def level_detente(folder: Path) -> Work:
    """Fit sums with zeros; weigh the values of the parameters."""
    _ours()
    import numpy as np

    from detente.statistics.level import fit
    from detente.statistics.level.model import Sums

    y = np.exp(_series(folder))[None, None, :]
    return lambda: fit.fit(Sums(y, np.zeros_like(y)), 1.5).smoothed_mean.shape[0]


def level_statsmodels(folder: Path) -> Work:
    """Fit a local level to the logs by the Kalman filter and maximum likelihood."""
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    values = _series(folder)

    def work() -> float:
        fitted = UnobservedComponents(values, "local level").fit(disp=False)
        return float(fitted.smoothed_state.shape[1])

    return work


def _processor() -> float:
    """Return the seconds that this process and those it started have computed."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


def main() -> None:
    """Do it once and print seconds, processor seconds, peak memory and the number as JSON."""
    thing, name, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    if name == "strucchange":
        script = _R.format(folder=folder)
        done = subprocess.run(["Rscript", "-e", script], capture_output=True, text=True, check=True)
        print(done.stdout.splitlines()[-1])
        return
    work: Work = globals()[f"{thing}_{name}"](folder)
    started, busy = time.perf_counter(), _processor()
    number = work()
    seconds, cpu = time.perf_counter() - started, _processor() - busy
    own = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
    started_by_it = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss  # the largest of them
    peak = max(own, started_by_it) / 1024
    print(json.dumps({"seconds": seconds, "cpu": cpu, "peak": peak, "number": number}))


if __name__ == "__main__":
    main()
