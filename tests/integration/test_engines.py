"""Another engine gives what DuckDB gives, over the listed parts; if it fails, nothing changes.

Against a real server of Spark Connect on loopback (Sail). bench/spark_cluster.py does the like with
two workers of Spark.
"""

from __future__ import annotations

import dataclasses
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from detente.base.errors import SettingsError
from detente.database import checks
from detente.database.builder import Warehouse
from detente.database.sql_files import SqlFile, sql_files
from detente.engines import engine
from detente.engines.engine import Engine, EngineError
from detente.engines.port import Port, Unportable
from detente.refresh import pipeline
from detente.settings import Engine as EngineSettings
from detente.settings import Settings
from detente.store.events import Store
from tests.support import event_parts, studies, world
from tests.support import sail as sails
from tests.support.command import detente
from tests.support.loopback import free_port

pytest.importorskip("pysail")
pytestmark = pytest.mark.study

FILES = {file.table: file for file in sql_files()}
N_EVENTS = 4000


# Of the module: the server goes on working after its last question, and ends with these tests.
@pytest.fixture(scope="module")
def sail() -> Iterator[str]:
    with sails.serving() as (address, _):
        yield address


def with_engine(study: Settings, address: str) -> Settings:
    return study.model_copy(update={"engine": EngineSettings(url=address, timeout_seconds=5)})


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Parts of two sources, an older one with fewer columns, and one that no list names."""
    study = studies.write_study(
        tmp_path_factory.mktemp("engine"), [studies.record_line("a", "2001-03-05")]
    )
    event_parts.write(study, N_EVENTS)
    return study


@pytest.fixture(scope="module")
def warehouse(made_up: Settings) -> Iterator[Warehouse]:
    with Warehouse() as found:
        event_parts.show(found, made_up)
        yield found


@pytest.fixture(scope="module")
def spark(made_up: Settings, warehouse: Warehouse, sail: str) -> Iterator[Engine]:
    with engine.opened(with_engine(made_up, sail), warehouse) as found:
        yield found


def _assert_same(warehouse: Warehouse, table: str, own: str) -> None:
    """Hold two tables against each other: counts exactly, sums within 1e-9."""
    assert warehouse.rows(f"describe {table}") == warehouse.rows(f"describe {own}")
    kinds = {name: kind for name, kind, *_ in warehouse.rows(f"describe {own}")}
    rows = zip(warehouse.rows(f"from {own}"), warehouse.rows(f"from {table}"), strict=True)
    for expected, found in rows:
        for kind, one, other in zip(kinds.values(), expected, found, strict=True):
            if kind == "DOUBLE":
                assert other == pytest.approx(one, rel=1e-9, abs=1e-9)
            else:
                assert other == one


@pytest.mark.parametrize("officials", ["all", "official"])
@pytest.mark.parametrize("weighting", ["none", "log_mentions"])
def test_each_statement_gives_what_duckdb_gives(
    warehouse: Warehouse, spark: Engine, weighting: str, officials: str
) -> None:
    warehouse.execute("update meta.study set weighting = ?, officials = ?", [weighting, officials])
    for table in engine.TABLES:
        warehouse.build(table)
        warehouse.execute(f"create or replace temp table own as from {table}")
        spark.build(FILES[table])
        _assert_same(warehouse, table, "own")
    n = warehouse.rows("select sum(n_events) from marts.volume_reason_day where source = 'gdelt2'")
    assert n == [(N_EVENTS * 3 // 2,)]  # not the part that no list names


def test_an_id_that_is_there_twice_is_found_elsewhere_too(
    made_up: Settings, warehouse: Warehouse, sail: str
) -> None:
    (check,) = (one for one in checks.all_checks() if one.name in engine.CHECKS)
    paths = Store(made_up.events).paths("event")
    twice = {"event": [*paths, paths[-1]], "other": []}
    with engine.opened(with_engine(made_up, sail), warehouse, of=twice) as found:
        rows = found.frame(check.query, check.name)
    assert set(rows["source"]) == {"icews"}
    assert len(rows) == N_EVENTS // 4


@pytest.mark.parametrize("name", ["a space", "{braces}"])
def test_a_store_without_parts_and_a_folder_with_any_name(
    tmp_path: Path, sail: str, name: str
) -> None:
    study = studies.write_study(tmp_path / name, [studies.record_line("a", "2001-03-05")])
    table = "marts.volume_reason_day"
    with Warehouse() as warehouse:
        event_parts.show(warehouse, study)
        with engine.opened(with_engine(study, sail), warehouse) as found:
            if name == "a space":
                found.build(FILES[table])
                assert warehouse.rows(f"select sum(n_events) from {table}") == [(2,)]
            else:
                with pytest.raises(EngineError, match="expected a folder without any of"):
                    found.build(FILES[table])


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("select hash(source) as h from core.event", "hash"),
        ("select md5_number_lower(source) as h from core.event", "md5_number_lower"),
        ("select try_strptime(source, '%Y') as d from core.event", "StrToTime|try_strptime"),
        ("select source::uhugeint as b from core.event", "UINT128|UHUGEINT"),
        ("select source::integer[] as b from core.event", "INT"),
        ("select try_cast(source as date) as b from core.event", "TryCast"),
        ("select list(source) as b from core.event", "ArrayAgg"),
        ("select source from core.event qualify row_number() over () = 1", "qualify"),
        ("select raw_row // 2 as b from core.event", "IntDiv"),
        ("select raw_row % 2 as b from core.event", "Mod"),
        ("select source from core.event limit 3", "limit"),
        ("select source from core.event using sample 10 percent", "sample"),
        ("select distinct on (source) source from core.event", "on in"),
        ("select * exclude (source) from core.event", "except"),
        ("select source from core.event natural join core.record", "method"),
        ("select source from core.event asof join core.record using (event_date)", "method"),
        ("select source from core.event semi join core.record using (record_id)", "SEMI"),
        ("select source from unknown.things", r"unknown\.things"),
        ("select source from read_csv('/etc/passwd')", "read_csv|READ_CSV"),
        ("select source from glob('*')", "GLOB|glob"),
        ("select source from core.event union all by name select b from core.record", "by name"),
        ("create macro f(a) as a + 1", "not a query|cannot be read"),
        ("select 1 from core.event where event_date < date '2020-01-01' + interval 1 month", "1"),
    ],
)
def test_what_another_engine_may_understand_otherwise_is_refused(query: str, named: str) -> None:
    port = Port(FILES, lambda _: ["a", "b"], lambda _: "all")
    with pytest.raises(Unportable, match=named):
        port.query(query, "a test")


def test_every_statement_that_an_engine_is_given_can_be_ported() -> None:
    port = Port(FILES, lambda _: ["source", "event_id"], lambda _: "all")
    for table in engine.TABLES:
        file: SqlFile = FILES[table]
        assert port.file(file).tables
        odd = dataclasses.replace(file, text=file.text.replace("source,", "hash(source),", 1))
        if table != "marts.dyad_day":  # lists its columns in marts.day_sums
            with pytest.raises(Unportable, match="hash"):
                port.file(odd)


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A study with a feed of a few nights."""
    folder = tmp_path_factory.mktemp("nights")
    files = dict(world.export(night) for night in range(4))
    return world.write_study(folder, world.write_mirror(folder / "feed", files))


@pytest.mark.full
def test_a_refresh_elsewhere_publishes_the_same(nights: Settings, sail: str) -> None:
    result = pipeline.refresh(with_engine(nights, sail))
    elsewhere = world.digest(result.database)
    assert not list((nights.events / "tmp").iterdir())
    # The engine is no input: the same again is no news, and a build by another changes nothing.
    assert not pipeline.refresh(nights).is_new
    again = pipeline.refresh(nights, full=True)
    assert again.is_new
    assert again.changes == ()
    assert world.digest(again.database) == elsewhere


@pytest.mark.parametrize("how", ["nobody listens", "dies at work"])
def test_an_engine_that_fails_leaves_the_database_as_it_was(
    nights: Settings, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = pipeline.refresh(nights).database.read_bytes()
    if how == "nobody listens":
        with pytest.raises(EngineError, match="cannot be reached") as caught:
            pipeline.refresh(with_engine(nights, f"sc://127.0.0.1:{free_port()}"), full=True)
    else:
        with sails.serving() as (address, process):
            _kill_after_first_table(monkeypatch, process)
            with pytest.raises(EngineError, match="failed at ") as caught:
                pipeline.refresh(with_engine(nights, address), full=True)
    assert nights.database.read_bytes() == before
    assert "\n" not in str(caught.value)
    last = max((nights.processed / "runs").glob("*.json"), key=lambda path: path.stat().st_mtime)
    assert "EngineError" in last.read_text(encoding="utf-8")


def _kill_after_first_table(
    monkeypatch: pytest.MonkeyPatch, process: subprocess.Popen[bytes]
) -> None:
    from detente.engines import spark

    monkeypatch.setattr(spark, "_ATTEMPTS", 1)
    build = spark.Spark.build

    def build_and_kill(self: spark.Spark, file: SqlFile) -> None:
        build(self, file)
        process.kill()

    monkeypatch.setattr(spark.Spark, "build", build_and_kill)


@pytest.mark.parametrize("is_there", [True, False])
def test_the_command_says_what_works(made_up: Settings, sail: str, is_there: bool) -> None:
    address = sail if is_there else f"sc://127.0.0.1:{free_port()}"
    own = made_up.home / "engine.toml"
    text = (made_up.home / "detente.toml").read_text(encoding="utf-8")
    own.write_text(f'{text}[engine]\nurl = "{address}"\n', encoding="utf-8")
    done = detente(made_up.home, "engine", "check", "--json", "--config", str(own))
    found = json.loads(done.stdout)
    assert [one["works"] for one in found] == ([True] * 6 if is_there else [False])
    assert done.returncode == (0 if is_there else 1)


def test_a_secret_in_the_address_is_refused(make_study: studies.MakeStudy) -> None:
    with pytest.raises(SettingsError, match=r"engine\.url"):
        make_study(toml=studies.STUDY + '[engine]\nurl = "sc://host:1/;token=abc"\n')
