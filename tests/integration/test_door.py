"""The way in for ad-hoc SQL: nothing is written, memory and time are held to."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from detente.base.errors import QueryError, UsageError
from detente.cli import output_paths
from detente.database.published import Published
from detente.database.sandbox import Sandbox, prepare
from detente.refresh import pipeline
from detente.settings import Settings
from tests.support.command import detente
from tests.support.studies import Line, MakeStudy

WRITES = (
    "copy (select 'pwned') to '{target}' (format csv, use_tmp_file false)",
    "copy (select 'pwned') to '{target}' (format csv)",
    "copy (select 'pwned' as a) to '{target}' (format parquet, use_tmp_file false)",
    "copy (select 'pwned' as a) to '{target}' (format json, use_tmp_file false)",
    "copy core.record to '{target}'",
    "copy (from core.record) to '{target}' (per_thread_output, overwrite_or_ignore)",
    "copy (select 1 as a) to '{target}' (format parquet, partition_by (a), append)",
    "insert into core.record default values returning *",
    "update core.record set title = 'pwned' returning *",
    "delete from core.record returning *",
)
PLACES = (
    "with x as ({write}) select * from x",
    "with x as materialized ({write}) select 1 from x",
    "with y as (select 1), x as ({write}) select * from y, x",
    "select * from (with x as ({write}) select * from x) as q",
    "select (with x as ({write}) select count(*) from x)",
    "select 1 where exists (with x as ({write}) select * from x)",
    "select 1 union all (with x as ({write}) select 1 from x)",
    "from (values (1)) as v (a), lateral (with x as ({write}) select a from x) as w",
    "explain analyze with x as ({write}) select * from x",
    "describe with x as ({write}) select * from x",
    "summarize with x as ({write}) select * from x",
    "with recursive r as (with x as ({write}) select 1 as a union all select a from r) from r",
    "from query('with x as ({quoted}) select * from x')",
    "select * from json_execute_serialized_sql(json_serialize_sql('with x as ({quoted}) from x'))",
    "{write}",
)


@pytest.fixture(scope="module")
def study(write_study: MakeStudy, line: Line, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    made = write_study(
        tmp_path_factory.mktemp("sandbox"), [line("a", "2011-12-17"), line("b", "2023-03-16")]
    )
    pipeline.refresh(made)
    return made


@pytest.fixture
def sandbox(study: Settings) -> Iterator[Sandbox]:
    with Sandbox(study.database) as opened:
        yield opened


def _digests(*folders: Path) -> dict[str, str]:
    """Return the content of every file below some folders."""
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_two_hundred_statements_write_nothing(
    study: Settings, sandbox: Sandbox, tmp_path: Path
) -> None:
    targets = [
        str(study.database), f"{study.database}.wal", str(study.home / "detente.toml"),
        str(tmp_path / "new.csv"), str(next((study.raw / "records").glob("*.csv"))),
    ]  # fmt: skip
    before = _digests(study.home, tmp_path)
    n_tried = 0
    for number, (write, place) in enumerate(itertools.product(WRITES, PLACES)):
        for target in (targets[number % len(targets)], targets[(number + 2) % len(targets)]):
            text = write.format(target=target)
            with pytest.raises(QueryError):
                sandbox.ask(place.format(write=text, quoted=text.replace("'", "''")), 60)
            n_tried += 1
    assert n_tried >= 200
    assert _digests(study.home, tmp_path) == before
    assert list(sandbox.ask("select count(*) from core.record", 60).rows()) == [(2,)]
    sys.stdout.write(f"{n_tried} statements against the sandbox, 0 writes\n")


# One a line; each is refused, or finds nothing to read.
ODD = Path(__file__).parents[1] / "fixtures" / "odd_statements.txt"


def test_odd_statements_write_nothing_and_read_no_other_file(
    study: Settings, sandbox: Sandbox, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("secret\nhush\n", encoding="utf-8")
    before = _digests(study.home, tmp_path)
    places = {"db": study.database, "new": tmp_path / "new.csv", "secret": secret, "dir": tmp_path}
    lines = ODD.read_text(encoding="utf-8").splitlines()
    statements = [one for one in lines if not one.startswith("#")]
    for statement in [*statements, "-- select 1\ncopy core.record to '{new}'"]:
        with pytest.raises(QueryError) as refused:
            sandbox.ask(statement.format(**places), 60)
        assert "hush" not in str(refused.value), statement
    assert _digests(study.home, tmp_path) == before
    assert list(sandbox.ask("select count(*) from core.record", 60).rows()) == [(2,)]
    sys.stdout.write(f"{len(statements)} odd statements against the sandbox, 0 answers\n")


UNEXAMINED = """
import os, sys
from detente.database import confinement
held = confinement.without_writing()
import duckdb
database, folder = sys.argv[1:]
con = duckdb.connect(database, read_only=True)
attempts = [
    lambda: con.execute(f"copy (select 'pwned') to '{database}' (format csv, use_tmp_file false)"),
    lambda: con.execute(f"copy (select 'pwned') to '{database}' (format csv)"),
    lambda: con.execute(f"copy (select 'pwned') to '{folder}/new.csv'"),
    lambda: con.execute(f"attach '{folder}/new.duckdb'"),
    lambda: con.execute(f"export database '{folder}/all'"),
    lambda: open(database, "r+b").write(b"x"),
    lambda: open(f"{folder}/old.csv", "w"),
    lambda: os.truncate(f"{folder}/old.csv", 0),
    lambda: os.unlink(f"{folder}/old.csv"),
    lambda: os.rename(f"{folder}/old.csv", f"{folder}/renamed.csv"),
    lambda: os.symlink("/", f"{folder}/link"),
    lambda: os.mkdir(f"{folder}/made"),
    lambda: os.execv("/bin/true", ["true"]),
]
done = []
for number, attempt in enumerate(attempts):
    try:
        attempt()
        done.append(number)
    except Exception:
        pass
print(held, done, con.execute("select count(*) from core.record").fetchall())
"""


def test_the_process_that_answers_cannot_write_whatever_it_executes(
    study: Settings, tmp_path: Path
) -> None:
    (tmp_path / "old.csv").write_text("as it was")
    before = _digests(study.home, tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", UNEXAMINED, str(study.database), str(tmp_path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    if not done.stdout.startswith("True"):
        pytest.skip("this kernel has no Landlock")
    assert done.stdout.split(maxsplit=1)[1].strip() == "[] [(2,)]", done.stdout
    assert _digests(study.home, tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["old.csv"]


HUGE = [
    "select length(repeat('x', 2000000000))",
    "select repeat('x', 2000000000) from range(5)",
    "select list(range) from range(200000000)",
    # Only the clock ends it.
    pytest.param("from range(200000000)", marks=pytest.mark.full),
    "select repeat('x', 1000000) from range(1000000)",
]
MEASURED = """
import resource, sys, time
from pathlib import Path
from detente.base.errors import QueryError, UsageError
from detente.cli import output_paths
from detente.database.sandbox import Sandbox
started = time.monotonic()
with Sandbox(Path(sys.argv[1]), "500MB") as sandbox:
    try:
        sandbox.ask(sys.argv[2], 15)
    except QueryError as error:
        print(error, file=sys.stderr)
seconds = time.monotonic() - started
# Not RUSAGE_SELF: it keeps the peak of the process that this one was forked from.
asked = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
answered = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(int(asked) // 1024, answered // 1024, int(seconds))
"""


@pytest.mark.parametrize("query", HUGE)
def test_a_query_takes_no_more_memory_than_its_limit_and_200_mb(
    study: Settings, query: str
) -> None:
    """The system measures the peaks of the process that asks and of the one that answers."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(study.database), query],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    asks, answers, seconds = map(int, done.stdout.split())
    assert max(asks, answers) <= 477 + 200, done.stdout
    assert seconds <= 25, done.stdout
    assert "memory" in done.stderr or "15 s" in done.stderr


ENDLESS = "select count(*) from range(1000000) a, range(1000000) b where a.range * b.range % 7 = 1"


def test_the_next_question_is_answered_after_a_kill(study: Settings) -> None:
    with Published(study.database) as database:
        with pytest.raises(QueryError, match=r"longer than 0\.1 s"):
            database.ask(ENDLESS, 0.1)
        assert database.query_rows("select count(*) from core.record")[1] == [(2,)]


def test_questions_go_to_the_file_that_was_opened(study: Settings, tmp_path: Path) -> None:
    copy = tmp_path / "copy.duckdb"
    shutil.copyfile(study.database, copy)
    with Published(copy) as database:
        with duckdb.connect(str(tmp_path / "other.duckdb")) as other:
            other.execute("create table t as select 1")
        (tmp_path / "other.duckdb").replace(copy)
        assert database.query_rows("select count(*) from core.record")[1] == [(2,)]


def test_a_process_that_was_started_early_answers_one_door(study: Settings) -> None:
    prepare()
    prepare()
    with Sandbox(study.database) as first, Sandbox(study.database) as second:
        assert list(first.ask("select count(*) from core.record").rows()) == [(2,)]
        assert list(second.ask("select 1").rows()) == [(1,)]
        with pytest.raises(QueryError, match="read-only"):
            first.ask("create table t as select 1")


def test_a_process_that_is_asked_nothing_ends_with_its_parent() -> None:
    code = (
        "from detente.database import sandbox as one; one.prepare(); "
        "print(one._waiting[0].process.pid)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for _ in range(300):
        if not _is_running(int(done.stdout)):
            return
        time.sleep(0.1)
    raise AssertionError("the process is still there")


def test_a_process_that_is_asked_nothing_leaves_no_warning_at_the_end() -> None:
    code = "from detente.database import sandbox; sandbox.prepare(); sandbox.prepare()"
    done = subprocess.run(
        [sys.executable, "-W", "always::ResourceWarning", "-c", code],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == ""


def _is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def test_rows_beyond_those_allowed_are_refused(study: Settings) -> None:
    with Published(study.database) as database:
        with pytest.raises(QueryError, match="at most 10 rows"):
            database.query_rows("from range(11)", max_rows=10)
        assert len(database.query_rows("from range(10)", max_rows=10)[1]) == 10


@pytest.mark.parametrize(
    "place",
    [
        "./detente.toml", "data/raw/records/x.csv", "data/processed/detente.duckdb",
        "data/processed/events/x.parquet", "reports/specs/x.csv", "notes.md", "/dev/null",
        "link.csv", ".",
    ],
)  # fmt: skip
def test_an_answer_replaces_no_device_and_no_file_of_the_study(
    study: Settings, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (study.home / "notes.md").write_text("mine")
    with contextlib.suppress(FileExistsError):
        (study.home / "link.csv").symlink_to(study.home / "detente.toml")
    monkeypatch.chdir(study.home)
    with pytest.raises(UsageError, match=r"elsewhere|ordinary|only an earlier answer"):
        output_paths.demand_free(study, Path(place))


def test_the_command_asks_before_it_writes(study: Settings) -> None:
    before = _digests(study.home)
    done = detente(study.home, "sql", "select 1", "--format", "csv", "-o", "detente.toml")
    assert (done.returncode, "settings of a study" in done.stderr) == (2, True), done.stderr
    assert _digests(study.home) == before
