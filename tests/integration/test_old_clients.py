"""The published file opens in every DuckDB since the oldest that the documentation names."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from detente.database import curated
from detente.database.builder import OLDEST_CLIENT
from detente.database.published import Published
from detente.refresh import pipeline
from tests.support.studies import STUDY, MakeStudy, record_line

pytestmark = pytest.mark.full

# Counts the rows of every table, view and macro, so that each one is read and not only parsed.
READS_ALL = """
import json, sys
import duckdb

con = duckdb.connect(sys.argv[1], read_only=True)
names = con.execute(
    "select schema_name || '.' || table_name from duckdb_tables() where not internal "
    "union all select schema_name || '.' || view_name from duckdb_views() where not internal"
).fetchall()
calls = json.loads(sys.argv[2])
failed = {}
answers = {}
for name in json.loads(sys.argv[3]):
    answers[name] = [[str(one) for one in row] for row in con.execute(
        f"from {name} order by all").fetchall()]
for name in [one for (one,) in names] + calls:
    try:
        con.execute(f"select count(*) from (from {name})").fetchall()
    except duckdb.Error as error:
        failed[name] = str(error)
print(json.dumps({"version": duckdb.__version__, "n": len(names) + len(calls), "failed": failed,
                  "answers": answers}))
"""
# A call of each macro that is stored in the file.
CALLS = {
    **{
        name: f"{name}()"
        for name in (
            "core.part_again",
            "core.part_event",
            "core.part_other",
            "core.stored_again",
            "core.stored_event",
            "core.stored_other",
        )
    },
    "meta.hand_kept": "(select meta.hand_kept())",
    "meta.is_hand_kept": "(select meta.is_hand_kept('records'))",
    "meta.quoted": "(select meta.quoted('it''s'))",
    "meta.quoted_state": "(select meta.quoted_state('Japan'))",
    "main.dyad_index": "dyad_index('JPN', 'KOR', of_freq := 'year')",
    "main.all_dyads": "all_dyads(of_freq := 'year')",
    "main.iso3": "(select iso3('Japan'))",
    "main.events_between": "events_between('JPN', 'KOR')",
    "marts.day_sums": "marts.day_sums('goldstein', 'all', 'none', 'JPN', 'KOR')",
    "marts.occurrences": "marts.occurrences('goldstein', 'all', 'none', 'JPN', 'KOR')",
    "marts.period_indices": "marts.period_indices("
    "'from marts.dyad_day', 'year', 'records', 'JPN', 'KOR')",
}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory, write_study: MakeStudy) -> Path:
    """A small study with records of two states."""
    folder = tmp_path_factory.mktemp("clients")
    days = ["2020-01-31", "2020-03-02", "2021-05-06"]
    lines = [record_line(f"r-{number}", day) for number, day in enumerate(days)]
    return pipeline.refresh(write_study(folder, lines, STUDY)).database


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Callable[..., Path]:
    """Return a function that installs a release into a folder of its own and names the folder."""
    base = tmp_path_factory.getbasetemp()
    shared = (base if worker_id == "master" else base.parent) / "clients"
    shared.mkdir(exist_ok=True)

    def install(*requirements: str) -> Path:
        named = "-".join(requirements)
        folder = shared / named.replace("=", "").replace("*", "")
        with FileLock(f"{folder}.lock"):
            if not (folder / "bin").is_dir():
                done = subprocess.run(
                    [sys.executable, "-m", "venv", str(folder)], capture_output=True, text=True
                )
                if done.returncode == 0:
                    done = subprocess.run(
                        [folder / "bin" / "python", "-m", "pip", "install", "-q", *requirements],
                        capture_output=True, text=True, timeout=600,
                    )  # fmt: skip
                if done.returncode != 0:
                    (folder / "failed").write_text(done.stderr, encoding="utf-8")
        if (folder / "failed").is_file():
            reason = (folder / "failed").read_text(encoding="utf-8").strip().splitlines()
            pytest.skip(f"{named} cannot be installed: {reason[-1] if reason else 'no word'}")
        return folder

    return install


def _macros(database: Path) -> set[str]:
    done = subprocess.run(
        [
            sys.executable, "-c",
            "import sys, json, duckdb; print(json.dumps(duckdb.connect(sys.argv[1], read_only=True)"
            ".execute(\"select distinct schema_name || '.' || function_name from "
            "duckdb_functions() where not internal\").fetchall()))",
            str(database),
        ],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {name for (name,) in json.loads(done.stdout)}


def test_every_macro_is_called(database: Path) -> None:
    assert _macros(database) == set(CALLS)


@pytest.mark.parametrize("release", [f"{OLDEST_CLIENT}.0", "1.3.2", "1.4.*"])
def test_an_older_duckdb_reads_every_table_view_and_macro(
    database: Path, client: Callable[..., Path], release: str
) -> None:
    python = client(f"duckdb=={release}") / "bin" / "python"
    done = subprocess.run(
        [
            python, "-c", READS_ALL, str(database), json.dumps(list(CALLS.values())),
            json.dumps([view.name for view in curated.views()]),
        ],
        capture_output=True, text=True, cwd=database.parent, env={**os.environ, "PYTHONPATH": ""},
        timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])  # what comes before it are bars of progress
    with Published(database) as newest:
        for name, rows in answer["answers"].items():
            now = newest.rows(f"from {name} order by all")
            assert rows == [[str(one) for one in row] for row in now], name
    assert answer["version"].startswith(release.rstrip("*"))
    assert answer["n"] > 50
    assert answer["failed"] == {}


def test_the_packaged_command_line_reads_every_table_view_and_macro(
    database: Path, client: Callable[..., Path]
) -> None:
    shell = client("duckdb-cli") / "bin" / "duckdb"

    def ask(statement: str) -> list[dict[str, object]]:
        done = subprocess.run(
            [shell, "-readonly", "-json", str(database), statement], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        found: list[dict[str, object]] = json.loads(done.stdout)
        return found

    names = ask(
        "select schema_name || '.' || table_name as name from duckdb_tables() where not internal "
        "union all select schema_name || '.' || view_name from duckdb_views() where not internal"
    )
    every = [str(row["name"]) for row in names] + list(CALLS.values())
    counted = " union all ".join(f"(select count(*) as n from {name})" for name in every)
    assert len(ask(counted)) == len(every) > 50


# Counts the rows of a view as each of the usual Python clients reads them.
READS_WITH_EVERY_CLIENT = """
import json, sys
import adbc_driver_duckdb, duckdb, polars
from adbc_driver_manager import dbapi

path, name = sys.argv[1:]
with duckdb.connect(path, read_only=True) as con:
    pandas_rows = len(con.sql(f"from {name}").df())
    polars_rows = len(con.sql(f"from {name}").pl())
    arrow_rows = con.sql(f"from {name}").to_arrow_table().num_rows
options = {"path": path, "access_mode": "READ_ONLY"}
driver = adbc_driver_duckdb.driver_path()
with (
    dbapi.connect(driver=driver, entrypoint="duckdb_adbc_init", db_kwargs=options) as con,
    con.cursor() as cursor,
):
    cursor.execute(f"from {name}")
    adbc_rows = cursor.fetch_arrow_table().num_rows
    polars_adbc_rows = len(polars.read_database(f"from {name}", con))
print(json.dumps([pandas_rows, polars_rows, arrow_rows, adbc_rows, polars_adbc_rows]))
"""


def test_pandas_polars_arrow_and_adbc_read_the_curated_views(
    database: Path, client: Callable[..., Path]
) -> None:
    folder = client("duckdb", "pandas", "polars", "pyarrow", "adbc_driver_manager")
    with Published(database) as newest:
        for name in ("relation_month", "act", "event"):
            n_rows = newest.rows(f"select count(*) from {name}")[0][0]
            done = subprocess.run(
                [folder / "bin" / "python", "-c", READS_WITH_EVERY_CLIENT, str(database), name],
                capture_output=True, text=True, env={**os.environ, "PYTHONPATH": ""},
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            assert json.loads(done.stdout.splitlines()[-1]) == [n_rows] * 5
