"""What the process that answers SQL does with a question, and what the system takes from it."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from detente.base.errors import NotPublished, UsageError
from detente.database import worker


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("create view mine as select 1 as a")
        yield opened


def _messages(con: duckdb.DuckDBPyConnection, text: str, most: int | None = None) -> list[bytes]:
    return list(worker.answered(con, {"text": text, "max_rows": most}))


def _rows(messages: list[bytes]) -> list[tuple[Any, ...]]:
    return [row for one in messages if one[:1] == b"R" for row in pickle.loads(one[1:])]


def test_an_answer_is_its_columns_its_rows_in_pieces_and_their_number(
    con: duckdb.DuckDBPyConnection,
) -> None:
    first, *pieces, last = _messages(con, "select range as n, 'x' as t from range(10001)")
    assert (first[:1], pickle.loads(first[1:])) == (b"C", (["n", "t"], ["BIGINT", "VARCHAR"]))
    assert [len(_rows([one])) for one in pieces] == [5000, 5000, 1]
    assert _rows(pieces)[::5000] == [(0, "x"), (5000, "x"), (10000, "x")]
    assert last == b".10001"
    assert [one[:1] for one in _messages(con, "from range(0)")] == [b"C", b"."]


def test_as_many_rows_as_are_allowed_pass(con: duckdb.DuckDBPyConnection) -> None:
    assert _messages(con, "from range(3)", 3)[-1] == b".3"
    assert _messages(con, "from range(4)", 3)[-1].startswith(b"EExpected at most 3 rows, got more")
    assert _messages(con, "from range(4)", 0)[-1].startswith(b"EExpected at most 0 rows")


def test_moments_with_a_zone_come_in_utc(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("set timezone = 'Asia/Tokyo'")
    text = (
        "select 1 as n, timestamptz '2023-03-16 09:00:00+09' as t, null::timestamptz as u, "
        "timestamp '2023-03-16 09:00:00' as local, "
        "'infinity'::timestamptz as never, '-infinity'::timestamptz as ever"
    )
    [(number, moment, none, local, never, ever)] = _rows(_messages(con, text))
    assert (number, none, local) == (1, None, datetime(2023, 3, 16, 9))
    assert (never, ever) == (datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC))
    assert moment == datetime(2023, 3, 16, tzinfo=UTC)
    assert moment.tzinfo is UTC


def test_what_fails_is_told_apart_from_what_needs_memory(con: duckdb.DuckDBPyConnection) -> None:
    assert _messages(con, "drop view mine")[0].startswith(b"EThe published database is read-only")
    assert _messages(con, "select b from mine")[0].startswith(b"EBinder Error")
    assert _messages(con, "select 1 // a.b from mine")[0].startswith(b"E")
    con.execute("set memory_limit = '40MB'")
    con.execute("set temp_directory = ''")
    [*_, last] = _messages(con, "select list(range) from range(100000000)")
    assert last.startswith(b"M") and b"\n" not in last


@pytest.mark.parametrize(
    ("given", "n_bytes"),
    [("64MB", 64_000_000), ("100MiB", 100 << 20), ("2GiB", 2 << 30), ("1.5TiB", 3 << 39)],
)
def test_the_limit_of_memory_is_read_as_the_engine_says_it(
    con: duckdb.DuckDBPyConnection, given: str, n_bytes: int
) -> None:
    con.execute(f"set memory_limit = '{given}'")
    assert worker.limit_in_bytes(con) == pytest.approx(n_bytes, rel=1e-3)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a,b\n1,x\n2,\n", [(1, "x"), (2, None)]),
        ('a,b\n1,""\n', [(1, "")]),
        ("a\n1\n", [(1,)]),
        ("", "is empty; expected a header and lines of values"),
        ("a,b\n1,2\n3\n4,5,6\n7\n", "expected as many values in every line as in its header"),
    ],
)
def test_a_file_beside_the_database_becomes_a_table(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, content: str, expected: Any
) -> None:
    file = tmp_path / "a*[b].csv"
    file.write_text(content, encoding="utf-8")
    (tmp_path / "axb.csv").write_text("a,b\n8,other\n", encoding="utf-8")
    if isinstance(expected, str):
        with pytest.raises(UsageError, match=expected) as raised:
            worker.read_beside(con, "given", str(file))
        assert str(raised.value).startswith(f"--with given: {file} ")
    else:
        worker.read_beside(con, "given", str(file))
        assert con.execute("from given").fetchall() == expected


def test_a_file_takes_no_name_of_the_database(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    (tmp_path / "x.csv").write_text("a\n1\n", encoding="utf-8")
    con.execute("create table held as select 2 as a")
    con.execute("create schema other")
    con.execute("create table other.free as select 3 as a")
    for name in ("mine", "held"):
        with pytest.raises(UsageError, match=f"--with {name}: the database has a view"):
            worker.read_beside(con, name, str(tmp_path / "x.csv"))
    worker.read_beside(con, "free", str(tmp_path / "x.csv"))
    assert con.execute("from free").fetchall() == [(1,)]


def test_what_is_no_database_is_said_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    path.write_text("no database, but long enough to be looked at" * 100)
    with path.open("rb") as file, pytest.raises(NotPublished, match=r"x\.duckdb"):
        worker.opened(str(path), file.fileno(), "100MB", {})


_CONFINED = """
import os, resource, signal, socket, sys
from detente.database import confinement
confinement.ending_with_parent()
held = confinement.without_writing()
reached = "refused"
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5).close()
    reached = "reached"
except PermissionError:
    pass
written = "refused"
try:
    open(sys.argv[2], "w")
    written = "written"
except OSError:
    pass
confinement.with_memory(64 << 20)
fits = len(bytearray(16 << 20)) >> 20
try:
    bytearray(256 << 20)
    fits = "all"
except MemoryError:
    pass
print(held, reached, written, fits, resource.getrlimit(resource.RLIMIT_FSIZE),
      resource.getrlimit(resource.RLIMIT_CORE), open(__import__("detente").__file__).read(3) != "",
      signal.getsignal(signal.SIGINT) == signal.getsignal(signal.SIGXFSZ) == signal.SIG_IGN)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Landlock and the count of memory are Linux's")
def test_the_system_holds_a_process_back_from_files_network_and_memory(tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = str(listening.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-c", _CONFINED, port, str(tmp_path / "new")],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    if done.stdout.startswith("False"):
        pytest.skip("this kernel has no Landlock")
    assert done.stdout.strip() == "True refused refused 16 (0, 0) (0, 0) True True"
    assert list(tmp_path.iterdir()) == []


_PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time\\n"
    "from detente.database import confinement\\nconfinement.ending_with_parent()\\n"
    "print('ready', flush=True)\\ntime.sleep(60)"], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the signal of a parent's end is Linux's")
def test_a_process_ends_with_the_one_that_started_it() -> None:
    done = subprocess.run([sys.executable, "-c", _PARENT], capture_output=True, check=True)
    child = int(done.stdout)
    for _ in range(100):
        try:
            state = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return
        if state in "ZX":
            return
        signal.sigtimedwait([], 0.05)
    os.kill(child, signal.SIGKILL)
    raise AssertionError("it outlived its parent")
