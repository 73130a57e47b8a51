"""`detente sql`: what it writes, what it refuses, and its shell in a real terminal."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import pickle
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from detente.base.errors import DetenteError, QueryError, UsageError
from detente.cli import terminal
from detente.cli.choices import Format
from detente.cli.output import print_answer
from detente.database import tables
from detente.database.answer import Answer
from detente.database.published import Published
from detente.database.sandbox import Sandbox
from detente.database.statements import is_finished
from detente.database.tables import write_parquet
from detente.refresh import pipeline, published_state
from detente.settings import Settings
from tests.support.command import detente, detente_here
from tests.support.studies import Line, MakeStudy, described

# One value of each kind that a column of the database, or a query on it, can have.
KINDS = """
select 1 as a, 9007199254740993::bigint as b, 1.5 as c, date '2023-03-16' as d,
  timestamp '2023-03-16 01:02:03' as e, [1, null] as f, map {'k': 'v'} as g,
  {'x': 1, 'y': 'z'} as h, true as i, 'a "quoted", word' as j, 0.1::double as k,
  time '01:02:03' as l, interval 36 hour as m, '\\xff'::blob as n, 2::hugeint as o
union all select null, null, null, null, null, null, null, null, null, null, null, null, null,
  null, null
order by a nulls last
"""


@pytest.fixture(scope="module")
def study(write_study: MakeStudy, line: Line, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    made = write_study(
        tmp_path_factory.mktemp("sql"), [line("a", "2011-12-17"), line("b", "2023-03-16")]
    )
    with described():  # `.tables` shows what is described
        pipeline.refresh(made)
    return made


@pytest.fixture(scope="module")
def database(study: Settings) -> Iterator[Published]:
    with Published(study.database) as published:
        yield published


def _run(study: Settings, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    if text:
        return detente(study.home, "sql", *arguments, text=text)
    return detente_here(study.home, "sql", *arguments)


# -- what it writes ------------------------------------------------------------------------------


def test_text_that_other_programs_draw_as_a_picture_or_as_bold_stays_text(study: Settings) -> None:
    done = _run(study, "select 'a :x: b [bold]c[/bold]' as \":smile:\"")
    assert ":smile:" in done.stdout
    assert "a :x: b [bold]c[/bold]" in done.stdout


def test_an_answer_takes_the_place_of_a_link_not_of_what_it_points_to(
    study: Settings, tmp_path: Path
) -> None:
    circle, dangling = tmp_path / "circle.csv", tmp_path / "dangling.csv"
    circle.symlink_to(circle)
    dangling.symlink_to(tmp_path / "nowhere.csv")
    for link in (circle, dangling):
        done = _run(study, "select 1 as a", "--output", str(link))
        assert done.returncode == 0, done.stderr
        assert not link.is_symlink()
        assert link.read_text() == "a\n1\n"
    assert not (tmp_path / "nowhere.csv").exists()


def test_a_table_of_a_million_rows_is_not_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    many = Answer.of_rows(["n"], ((n,) for n in range(terminal.MOST_DRAWN + 1)))
    with pytest.raises(UsageError, match=r"at most 20000 rows for a table, got 20001.*--csv"):
        print_answer(many, Format.table)
    print_answer(many, Format.csv)
    assert capsys.readouterr().out.count("\n") == terminal.MOST_DRAWN + 2


def test_json_and_csv_keep_every_digit_and_tell_days_from_moments(database: Published) -> None:
    answer = database.ask(KINDS)
    stream = io.StringIO()
    tables.write_json(answer, stream)
    first, empty = json.loads(stream.getvalue())
    assert first == {
        "a": 1, "b": 9007199254740993, "c": 1.5, "d": "2023-03-16", "e": "2023-03-16T01:02:03",
        "f": [1, None], "g": {"k": "v"}, "h": {"x": 1, "y": "z"}, "i": True,
        "j": 'a "quoted", word', "k": 0.1, "l": "01:02:03", "m": "1 days 12:00:00", "n": "ff",
        "o": 2,
    }  # fmt: skip
    assert set(empty.values()) == {None}
    stream = io.StringIO()
    tables.write_csv(answer, stream)
    rows = list(csv.DictReader(io.StringIO(stream.getvalue())))
    assert rows[0]["b"] == "9007199254740993"
    assert rows[0]["e"] == "2023-03-16T01:02:03"
    assert rows[0]["f"] == "[1, null]"
    assert set(rows[1].values()) == {""}


def test_parquet_keeps_the_types_that_the_columns_had(database: Published, tmp_path: Path) -> None:
    path = tmp_path / "it's.parquet"
    write_parquet(database.ask(KINDS), path)
    con = duckdb.connect()
    con.execute("set timezone = 'UTC'")
    columns = con.execute("describe select * from read_parquet(?)", [str(path)]).fetchall()
    assert [row[1] for row in columns] == [
        "INTEGER", "BIGINT", "DECIMAL(2,1)", "DATE", "TIMESTAMP", "INTEGER[]",
        "MAP(VARCHAR, VARCHAR)", "STRUCT(x INTEGER, y VARCHAR)", "BOOLEAN", "VARCHAR", "DOUBLE",
        "TIME", "INTERVAL", "BLOB", "DOUBLE",
    ]  # fmt: skip
    rows = con.execute("select * from read_parquet(?)", [str(path)]).fetchall()
    assert rows[0][1] == 9007199254740993
    assert rows[0][6] == {"k": "v"}
    assert rows[1] == (None,) * 15


@pytest.mark.parametrize(
    "query",
    [
        "select 1 as a, 2 as a",
        "select null",
        'select 1 as "a ""b"" c"',
        "select * from core.event where false",
        "select 'x'::enum('x', 'y') as kind",
        "describe core.event",
        "from meta.run",
    ],
)
def test_any_answer_can_be_written_in_every_format(
    database: Published, tmp_path: Path, query: str
) -> None:
    answer = database.ask(query)
    for form in ("csv", "json", "parquet", "table"):
        path = tmp_path / f"x.{form}"
        tables.write_file(answer, path, form, lambda answer, stream: stream.write("x") and None)
        assert path.stat().st_size > 0
    assert len(duckdb.read_parquet(str(tmp_path / "x.parquet")).fetchall()) == len(answer.frame)
    assert len(json.loads((tmp_path / "x.json").read_text())) == len(answer.frame)


def test_a_file_that_cannot_be_written_whole_is_not_there(tmp_path: Path) -> None:
    answer = Answer(("a",), ("NO SUCH TYPE",), (pickle.dumps([(1,)]),), 1)
    target = tmp_path / "x.parquet"
    target.write_text("as it was")
    with pytest.raises(DetenteError, match="cannot be written as Parquet"):
        tables.write_file(answer, target, "parquet", tables.write_csv)
    assert target.read_text() == "as it was"
    assert [one.name for one in tmp_path.iterdir()] == ["x.parquet"]
    with pytest.raises(UsageError, match="expected a place"):
        tables.write_file(answer, tmp_path / "none" / "x.csv", "csv", tables.write_csv)


def test_the_command_writes_files_and_reads_standard_input(study: Settings) -> None:
    done = _run(study, "select record_id, event_date from core.record", "-o", "out.parquet")
    assert done.returncode == 0, done.stderr
    assert "2 rows" in done.stderr
    assert duckdb.read_parquet(str(study.home / "out.parquet")).fetchall()[0][0] == "a"
    done = _run(study, "-", "--format", "json", text="select 7 as seven")
    assert json.loads(done.stdout) == [{"seven": 7}]
    done = _run(study, "rejected_rows", "--explain")
    assert "event_rejected" in done.stdout
    for arguments, words in (
        (["select 1", "--format", "parquet"], "--output"),
        (["select 1", "-o", "x.doc"], ".parquet"),
        (["select 1", "--format", "csv", "--json"], "got two"),
        (["select 1", "--format", "csv", "-o", str(study.database)], "published database"),
    ):
        done = _run(study, *arguments)
        assert (done.returncode, words in done.stderr) == (2, True), done.stderr
    assert published_state.digest(study.database)


# -- what it refuses -----------------------------------------------------------------------------

# A statement of each kind that DuckDB's parser knows and that does more than read.
REFUSED = {
    "ALTER": "alter table core.record add column x int",
    "ANALYZE": "analyze",
    "ATTACH": "attach '{folder}/other.duckdb'",
    "CALL": "call enable_logging()",
    "COPY": "copy core.event to '{folder}/out.csv'",
    "COPY_DATABASE": "copy from database detente to memory",
    "CREATE": "create temp table t as select 1",
    "CREATE_FUNC": "create macro f() as 1",
    "DELETE": "delete from core.record",
    "DETACH": "detach detente",
    "DROP": "drop table core.record",
    "EXECUTE": "execute p",
    "EXPLAIN": "explain analyze copy (select 1) to '{folder}/out.csv'",
    "EXPORT": "export database '{folder}/out'",
    "INSERT": "insert into core.record default values",
    "LOAD": "load httpfs",
    "MERGE_INTO": "merge into core.record using (select 1) on true when matched then delete",
    "MULTI": "pivot core.event on quad_class using count(*)",
    "PRAGMA": "import database '{folder}'",
    "PREPARE": "prepare p as select 1",
    "SET": "set memory_limit = '100GB'",
    "TRANSACTION": "begin",
    "UPDATE": "update core.record set title = 'x'",
    "VACUUM": "vacuum",
    "VARIABLE_SET": "set variable x = 1",
}
# Kinds that no text parses to: they stand inside others, or come from extensions and the API.
NO_TEXT = {"INVALID", "EXTENSION", "LOGICAL_PLAN", "RELATION", "SELECT"}
ATTEMPTS = [
    "update extensions",
    "install httpfs",
    "use memory",
    "pragma memory_limit = '100GB'",
    "pragma enable_verification",
    "pragma add_parquet_key('k', '0123456789112345')",
    "explain (analyze, format json) copy (select 1) to '{folder}/out.csv'",
    "explain analyze delete from core.record",
    "/* */ explain analyze copy (select 1) to '{folder}/out.csv'",
    "with x as (insert into core.record default values returning *) select * from x",
    "select 1; drop table core.record",
    "select * from enable_logging(storage = 'file', storage_path = '{folder}/log')",
    "select * from query('copy (select 1) to ''{folder}/out.csv''')",
    "select * from force_checkpoint()",
]
READS = [
    "select * from '{folder}/secret.csv'",
    "from '{folder}/secret.csv'",
    "select * from read_csv('{folder}/secret.csv')",
    "select * from read_text('{folder}/secret.csv')",
    "select * from read_blob('{folder}/secret.csv')",
    "select * from read_json('{folder}/secret.csv')",
    "select * from read_parquet('{folder}/secret.csv')",
    "select * from read_duckdb('{folder}/other.duckdb', table_name = 't')",
    "select * from parquet_metadata('{folder}/secret.csv')",
    "select * from sniff_csv('{folder}/secret.csv')",
    "select * from glob('{folder}/*')",
    "select * from query('from read_text(''{folder}/secret.csv'')')",
    "select * from query_table('{folder}/secret.csv')",
    "select * from json_execute_serialized_sql(json_serialize_sql("
    "'select * from read_text(''{folder}/secret.csv'')'))",
    "select * from duckdb_secrets()",
    "select * from read_csv('http://127.0.0.1:9/x.csv')",
    "select getenv('HOME')",
    "select * from study",  # a variable of the program
]


def test_every_kind_of_statement_that_duckdb_knows_is_tried() -> None:
    kinds = {name for name in vars(duckdb.StatementType) if name.isupper()}
    assert kinds - NO_TEXT == set(REFUSED)


@pytest.mark.parametrize("query", [*REFUSED.values(), *ATTEMPTS, *READS])
def test_what_does_more_than_read_is_refused_and_leaves_no_trace(
    study: Settings, database: Published, tmp_path: Path, query: str
) -> None:
    (tmp_path / "secret.csv").write_text("a\nhidden\n")
    before = study.database.read_bytes()
    with duckdb.connect(str(tmp_path / "other.duckdb")) as other:
        other.execute("create table t as select 1")
    there = sorted(tmp_path.iterdir())
    with pytest.raises(QueryError) as refused:
        database.query(query.format(folder=tmp_path), timeout_seconds=10)
    assert "hidden" not in str(refused.value)
    assert sorted(tmp_path.iterdir()) == there
    assert study.database.read_bytes() == before
    assert len(database.query("from core.record")) == 2, "and the database answers on"


@pytest.mark.parametrize(
    "query",
    [
        "select 1",
        "from core.event",
        "values (1)",
        "describe core.event",
        "summarize core.event",
        "show all tables",
        "explain select 1",
        "explain (format json) select 1",
        "pragma database_list",
        "pragma table_info('core.event')",
        "pivot core.event on quad_class in (1, 2) using count(*)",
        "with x as (select 1) select * from x -- ;",
        "select 1;",
    ],
)
def test_what_only_reads_is_answered(database: Published, query: str) -> None:
    assert len(database.query(query).columns) > 0


LONG = "select count(*) from range(1000000) a, range(1000000) b where a.range * b.range % 7 = 1"


def test_a_query_is_held_to_its_time_and_to_its_memory(study: Settings) -> None:
    started = time.monotonic()
    with Sandbox(study.database, "100MB") as door:
        with pytest.raises(QueryError, match=r"longer than 0\.3 s"):
            door.ask(LONG, 0.3)
        with pytest.raises(QueryError, match="Out of Memory"):
            door.ask("select list(range) from range(100000000)", 60)
        assert list(door.ask("select 1 as a").rows()) == [(1,)]
    assert time.monotonic() - started < 60


@pytest.mark.parametrize(
    ("text", "finished"),
    [
        ("select 1;", True),
        ("select 1", False),
        ("select ';'", False),
        ("select ';", False),
        ("select 1 -- ;", False),
        ("select 1; -- done", True),
        ("select 1 /* ;", False),
        ("select $$;$$", False),
        ('select ";"', False),
        ("select 'it''s;';", True),
        (";", True),
        ("", False),
    ],
)
def test_a_statement_is_finished_by_a_semicolon_of_its_own(text: str, finished: bool) -> None:
    assert is_finished(text) is finished


# -- the shell, in a terminal --------------------------------------------------------------------


class Terminal:
    """A process with a terminal of its own, typed at and read as a person would."""

    def __init__(self, study: Settings, state: Path) -> None:
        self.pid, self.fd = pty.fork()
        if self.pid == 0:  # pragma: no cover - the child
            os.chdir(study.home)
            os.environ.update(
                XDG_STATE_HOME=str(state), TERM="dumb", COLUMNS="120", LC_ALL="C.UTF-8"
            )
            os.execv(sys.executable, [sys.executable, "-m", "detente.cli", "sql"])
        self.seen = ""

    def until(self, pattern: str, seconds: float = 30) -> str:
        """Read until the pattern shows; return what came before and with it."""
        end = time.monotonic() + seconds
        while not (match := re.search(pattern, self.seen)):
            ready, _, _ = select.select([self.fd], [], [], max(end - time.monotonic(), 0))
            assert ready, f"expected {pattern!r}, the terminal shows {self.seen!r}"
            self.seen += os.read(self.fd, 65536).decode().replace("\r\n", "\n")
        read, self.seen = self.seen[: match.end()], self.seen[match.end() :]
        return read

    def type(self, text: str) -> None:
        os.write(self.fd, text.encode())

    def ask(self, text: str) -> str:
        self.type(text + "\n")
        return self.until(r"detente> $")

    def wait(self) -> int:
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


@pytest.mark.full
def test_the_shell_in_a_terminal(study: Settings, tmp_path: Path) -> None:
    terminal = Terminal(study, tmp_path)
    assert "read-only" in terminal.until("detente> $")
    assert "seven" in terminal.ask("select 7 as seven;")
    # A statement of several lines, with a semicolon that is none.
    terminal.type("select ';' as mark,\n")
    terminal.until(r"\.\.\.> ")
    assert "mark" in terminal.ask("  2 as two;")
    # A mistake is shown and the shell goes on.
    assert "read-only" in terminal.ask("drop table core.event;")
    assert "nope" in terminal.ask("select nope;")
    assert "core.event" in terminal.ask(".tables")
    assert "goldstein" in terminal.ask(".schema core.event")
    assert "Expected a name that" in terminal.ask(".schema core.nothing")
    assert "rejected_rows" in terminal.ask(".queries")
    assert "0 rows" in terminal.ask(".run rejected_rows")
    assert "core.record" in terminal.ask(".explain select * from core.record")
    assert ".format" in terminal.ask(".nonsense")
    terminal.ask(".format csv")
    assert "a\n1\n" in terminal.ask("select 1 as a;")
    # Ctrl-C stops a query, and drops what is half typed.
    terminal.type(LONG + ";\n")
    time.sleep(1.5)
    terminal.type("\x03")
    terminal.until("Stopped")
    terminal.until(r"detente> $")
    terminal.type("select 'half\n")
    terminal.until(r"\.\.\.> ")
    time.sleep(
        0.5
    )  # a signal between the prompt and the wait for a key would show only with the key
    terminal.type("\x03")
    terminal.until(r"detente> $")
    assert "b\n2\n" in terminal.ask("select 2 as b;")
    # Tab completes a name.
    terminal.type("select count(*) as n from core.recor\t")
    terminal.until("core.recor\x07?d")
    terminal.type(" where false;\n")
    assert "n\n0\n" in terminal.until(r"detente> $")
    # A refresh swaps the file; the shell keeps its own until it is told.
    pipeline.refresh(study, force=True)
    assert ".reload" in terminal.ask("select 3 as c;")
    assert "reopened" in terminal.ask(".reload")
    assert "newer" not in terminal.ask("select 4 as d;")
    terminal.type(".quit\n")
    assert terminal.wait() == 0
    history = (tmp_path / "detente" / "sql_history").read_text()
    assert "select 7 as seven;" in history
    # The next shell remembers; Ctrl-D leaves.
    terminal = Terminal(study, tmp_path)
    terminal.until("detente> $")
    terminal.type("\x10")
    terminal.until(r"\.quit")
    terminal.type("\x15\x04")
    assert terminal.wait() == 0


def test_ctrl_c_stops_a_query_of_the_command(study: Settings) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "detente.cli", "sql", LONG],
        cwd=study.home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    files = Path(f"/proc/{process.pid}/fd")
    end = time.monotonic() + 60
    while time.monotonic() < end:  # until it has the database open
        with contextlib.suppress(OSError):
            if study.database in [one.readlink() for one in files.iterdir()]:
                break
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in errors
