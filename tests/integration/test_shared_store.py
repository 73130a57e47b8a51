"""A store in an object store: the same numbers, one winner of two writers, nothing half done.

Against a real server of S3 on loopback (moto), with conditional puts.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from detente import settings
from detente.base import clock
from detente.base.errors import CommitConflict, DetenteError, QueryError, SettingsError, StoreError
from detente.database import remote, sandbox
from detente.database.builder import Warehouse
from detente.database.published import Published
from detente.operations import doctor
from detente.refresh import ingest, pipeline, plan, publish, published_state
from detente.refresh.job import Job, Step
from detente.settings import Settings
from detente.store import manifest
from detente.store.events import AGAIN, KINDS, Store
from detente.store.objects import ObjectFiles
from tests.support import s3, world
from tests.support.command import detente
from tests.support.loopback import free_port
from tests.support.some import some

s3fs = pytest.importorskip("s3fs")
pytest.importorskip("moto")

pytestmark = pytest.mark.study

FILES = dict(world.export(index) for index in range(5))
NIGHT = dict([world.export(5)])


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[str]:
    with s3.serving() as address:
        yield address


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], dict[str, str]]:
    """What a store on the local disk gives: after a load, and after the night that follows."""
    folder = tmp_path_factory.mktemp("local")
    study = study_of(folder, "local")
    pipeline.refresh(study)
    first = world.digest(study.database)
    world.write_mirror(folder / "mirror", FILES | NIGHT)
    pipeline.refresh(study)
    return first, world.digest(study.database)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A local store into which everything was loaded at once."""
    study = study_of(tmp_path_factory.mktemp("clean"), "local", FILES | NIGHT)
    with publish.only_writer(study.processed):
        ingest.update(study, ["gdelt2"])
    return study


def content(study: Settings) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of a store, and the accounts of its files."""
    store = Store(study)
    with Warehouse() as warehouse:
        store.place.show_to(warehouse)
        found = {
            kind: warehouse.rows(f"from {store.relation(kind)} order by event_id, raw_row")
            for kind in (*KINDS, AGAIN)
        }
        own = ("loaded_at", "modified_ns", "load_id", "sequence", "path", "url")
        found["files"] = sorted(
            tuple(value for name, value in row.items() if name not in own)
            for row in store.files(warehouse).values()
        )
    return found


def study_of(folder: Path, url: str, files: dict[str, bytes] = FILES) -> Settings:
    study = world.write_study(folder / "study", world.write_mirror(folder / "mirror", files))
    path = study.home / "detente.toml"
    path.write_text(f'{path.read_text()}\n[store]\nurl = "{url}"\n', encoding="utf-8")
    return settings.load(path)


def differing(study: Settings, expected: dict[str, str]) -> list[str]:
    """Name the tables that differ; from where a file came differs by right."""
    found = world.digest(study.database)
    assert found.keys() == expected.keys()
    return [name for name in expected if name != "meta.raw_file" and found[name] != expected[name]]


def objects(url: str) -> set[str]:
    return set(ObjectFiles(url, Path(), timedelta(days=7)).sizes())


@pytest.mark.full
def test_a_load_and_a_night_give_what_a_local_store_gives(
    local: tuple[dict[str, str], dict[str, str]], tmp_path: Path
) -> None:
    study = study_of(tmp_path, s3.bucket())
    pipeline.refresh(study)
    assert differing(study, local[0]) == []
    assert not list(study.events.rglob("*.parquet")), "the events lie elsewhere"
    assert not pipeline.refresh(study).is_new
    world.write_mirror(tmp_path / "mirror", FILES | NIGHT)
    done = pipeline.refresh(study)
    assert done.run.build == "incremental"
    assert differing(study, local[1]) == []
    # What is there is what the list names, and what other machines may still read.
    held = Store(study).manifest()
    assert objects(study.store.url) == {manifest.NAME} | held.paths | set(held.retired)
    with Published(study.database) as published:
        told = str(published.rows("select * from meta.run")) + str(
            published.rows("select * from meta.event_part")
        )
    assert s3.SECRET not in told and s3.KEY not in told
    # Everything again: the same tables, and the parts before stay for others.
    pipeline.rebuild(study)
    assert differing(study, local[1]) == []
    assert held.paths <= objects(study.store.url)


@pytest.mark.full
def test_a_second_machine_builds_the_same_and_says_what_the_first_did(
    local: tuple[dict[str, str], dict[str, str]], tmp_path: Path
) -> None:
    one = study_of(tmp_path / "one", s3.bucket())
    other = study_of(tmp_path / "other", one.store.url, {})
    pipeline.refresh(one)
    pipeline.refresh(other)
    assert [name for name in differing(other, local[0]) if name.startswith(("core", "marts"))] == []
    assert not (other.downloads / "gdelt2").exists() or not list(
        (other.downloads / "gdelt2").rglob("*.zip")
    ), "it downloads nothing that the store has"
    assert plan.plan(other, offline=True) == []
    told = [one.message for one in doctor.examine(other, deep=True)]
    assert len([one for one in told if "lie on other machines" in one]) == 1
    world.write_mirror(tmp_path / "one" / "mirror", FILES | NIGHT)
    pipeline.refresh(one)
    assert "take over" in [action.action for action in plan.plan(other, offline=True)]
    told = [found for found in doctor.examine(other) if found.subject == "event store"]
    assert [found.severity for found in told] == ["ok", "note"]
    assert "another machine committed" in told[1].message
    pipeline.refresh(other)
    assert [name for name in differing(other, local[1]) if name.startswith(("core", "marts"))] == []


@pytest.mark.full
def test_a_local_store_is_moved_by_copying_its_files(
    local: tuple[dict[str, str], dict[str, str]], tmp_path: Path
) -> None:
    study = study_of(tmp_path, "local")
    pipeline.refresh(study)
    url = s3.bucket()
    for path in study.events.rglob("*.*"):
        if path.is_file():
            name = path.relative_to(study.events).as_posix()
            remote.storage().put_file(str(path), f"{url.removeprefix('s3://')}/{name}")
    path = study.home / "detente.toml"
    path.write_text(path.read_text().replace('url = "local"', f'url = "{url}"'), encoding="utf-8")
    moved = settings.load(path)
    world.write_mirror(tmp_path / "mirror", FILES | NIGHT)
    pipeline.refresh(moved)
    assert differing(moved, local[1]) == []
    with Published(moved.database) as published:
        folders = published.rows("select distinct folder from meta.event_part")
    assert folders == [(url.rpartition("/")[0],)]


@pytest.mark.full
def test_of_two_writers_one_wins_and_the_other_changes_nothing(
    local: tuple[dict[str, str], dict[str, str]], tmp_path: Path
) -> None:
    loser = study_of(tmp_path / "loser", s3.bucket())
    winner = study_of(tmp_path / "winner", loser.store.url, FILES | NIGHT)
    pipeline.refresh(loser)
    published = loser.database.read_bytes()
    world.write_mirror(tmp_path / "loser" / "mirror", FILES | NIGHT)

    def overtaken(step: Step, job: Job) -> str:
        if step.name == pipeline.UPDATE_EVENTS.name:
            pipeline.refresh(winner)
        return pipeline.run_step(step, job)

    with pytest.raises(CommitConflict, match="another machine committed") as caught:
        pipeline.refresh(loser, runner=overtaken)
    assert len(str(caught.value).splitlines()) == 1
    assert loser.database.read_bytes() == published
    theirs = Store(winner).manifest()
    assert Store(winner).place.is_current(), "the winner's list stands"
    pipeline.refresh(loser)
    assert differing(loser, local[1]) == []
    assert Store(loser).manifest().parts == theirs.parts


def test_two_who_begin_an_empty_store_do_not_both_begin_it(tmp_path: Path) -> None:
    url = s3.bucket()
    one = ObjectFiles(url, tmp_path / "one", timedelta(days=7))
    other = ObjectFiles(url, tmp_path / "other", timedelta(days=7))
    one.take_over()
    other.take_over()
    manifest.write(one, manifest.Manifest(sequence=1, recipes={"a": "b"}))
    with pytest.raises(CommitConflict, match="number 1"):
        manifest.write(other, manifest.Manifest(sequence=1, recipes={"a": "c"}))
    assert other.listed() is None
    # An answer that got lost: the put is repeated, refused, and was ours.
    text = str(one.listed())
    (tmp_path / "one" / "remote.json").unlink()
    one.commit(text)
    assert one.is_current()


KILLED = """
import os, signal
from pathlib import Path
from detente import settings
from detente.refresh import ingest, publish
from detente.store import batches, objects
from detente.store.events import Store
batches.BATCH_BYTES = batches.FIRST_BATCH_BYTES = 1 << 14
real, n = objects.ObjectFiles.{method}, [0]
def counted(*args):
    n[0] += 1
    if n[0] == {count} and not {after}: os.kill(os.getpid(), signal.SIGKILL)
    done = real(*args)
    if n[0] == {count} and {after}: os.kill(os.getpid(), signal.SIGKILL)
    return done
objects.ObjectFiles.{method} = counted
study = settings.load(Path({config!r}))
with publish.only_writer(study.processed, 10):
    Store(study).place.take_over()
    ingest.update(study, ["gdelt2"])
"""


@pytest.mark.full
@pytest.mark.parametrize(
    ("method", "count", "after"),
    [
        ("keep", 1, False),  # nothing is there yet
        # between the puts of a batch's parts
        ("keep", 2, True),
        ("commit", 1, False),  # between the puts and the commit
        ("_remember", 2, False),  # the list is put, this machine does not know it
        ("commit", 2, True),  # after a commit
    ],
)
def test_killed_at_any_point_and_started_again_each_event_counts_once(
    clean: Settings,
    tmp_path: Path,
    method: str,
    count: int,
    after: bool,
) -> None:
    study = study_of(tmp_path, s3.bucket(), FILES | NIGHT)
    script = KILLED.format(
        method=method, count=count, after=after, config=str(study.home / "detente.toml")
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, timeout=120, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    with publish.only_writer(study.processed, 10):
        Store(study).place.take_over()
        ingest.update(study, ["gdelt2"])
    assert content(study) == content(clean)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    study = study_of(tmp_path_factory.mktemp("shared"), s3.bucket())
    pipeline.refresh(study)
    return study


def test_the_published_database_reads_the_keys_it_names_and_no_others(shared: Settings) -> None:
    files = ObjectFiles(shared.store.url, shared.events, timedelta(days=7))
    part = next(one.path for one in Store(shared).manifest().parts if one.kind == "event")
    bare, _, _ = shared.store.url.rpartition("/")
    with remote.storage().open(f"{bare.removeprefix('s3://')}/other.txt", "w") as stream:
        stream.write("not of the store")
    with Published(shared.database) as published:
        n = published.rows("select count(*) from core.event where source = 'gdelt2'")[0][0]
        assert n == sum(one.n_rows for one in Store(shared).manifest().parts if one.kind == "event")
        for refused in (
            f"from read_text('{bare}/other.txt')",
            f"from read_text('{files.address(manifest.NAME)}')",
            f"from glob('{shared.store.url}/*')",
            f"from read_text('{shared.home / 'detente.toml'}')",
        ):
            with pytest.raises(DetenteError, match="disabled by configuration"):
                published.rows(refused)
        # What may be read could be written too, as far as DuckDB is concerned.
        before = files.checksum(part)
        with pytest.raises(DetenteError):
            published.execute(f"copy (select 1) to '{files.address(part)}' (format parquet)")
        assert files.checksum(part) == before
        # And what a person asks, in a process that has no other way out.
        asked = published.ask("select count(*) from core.event where source = 'gdelt2'")
        assert list(asked.rows()) == [(n,)]
        with pytest.raises(QueryError):
            published.ask(f"from read_text('{bare}/other.txt')")


def test_a_query_says_that_the_object_store_does_not_answer(
    shared: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    with (
        Published(shared.database) as published,
        # Not that some folder may not be read, for which DuckDB would take an absent file.
        pytest.raises(QueryError, match="Could not connect to the endpoint URL") as refused,
    ):
        published.ask("select count(*) from core.event where source = 'gdelt2'")
    assert "Traceback" not in str(refused.value)


def test_a_process_that_was_started_early_reads_the_store_of_the_present_environment(
    shared: Settings,
) -> None:
    with pytest.MonkeyPatch.context() as before:
        before.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
        sandbox.prepare()
    with Published(shared.database) as published:
        asked = published.ask("select count(*) from core.event where source = 'gdelt2'")
    assert next(iter(asked.rows()))[0] > 0


def test_any_client_reads_the_events_that_knows_the_object_store(shared: Settings) -> None:
    with duckdb.connect(str(shared.database), read_only=True) as con:
        con.register_filesystem(s3fs.S3FileSystem())
        n = con.execute("select count(*) from core.event where source = 'gdelt2'").fetchall()[0][0]
    assert n == sum(one.n_rows for one in Store(shared).manifest().parts if one.kind == "event")


@pytest.mark.full
def test_the_commands_work_with_a_shared_store(shared: Settings, tmp_path: Path) -> None:
    def run(*words: str, code: int = 0) -> str:
        done = detente(shared.home, *words)
        assert done.returncode == code, done.stdout + done.stderr
        assert s3.SECRET not in done.stdout + done.stderr
        return done.stdout + done.stderr

    # Its problem is one of the downloads: more than a tenth of the rows is refused.
    looked = json.loads(run("doctor", "--deep", "--json", code=1))
    assert shared.store.url in " ".join(one["message"] for one in looked)
    problems = some(one for one in looked if one["severity"] == "problem")
    assert all("refused" in one["message"] for one in problems)
    assert json.loads(run("plan", "--offline", "--json")) == []
    run("status")
    n = run("sql", "--csv", "select count(*) as n from event where source = 'gdelt2'").split()
    run("export", "--parquet", str(tmp_path / "export"))
    with duckdb.connect() as con:
        exported = con.execute(
            f"select count(*) from '{tmp_path}/export/event.parquet' where source = 'gdelt2'"
        ).fetchall()
    assert [n[-1]] == [str(exported[0][0])]
    told = run("export", str(tmp_path / "backup"))
    assert f": {shared.store.url}" in told and "not copied, outside the study" in told
    run("import", str(tmp_path / "backup"), "--to", str(tmp_path / "restored"))
    restored = settings.load(tmp_path / "restored" / "detente.toml")
    with Published(restored.database) as published:
        assert published.rows("select count(*) > 0 from core.event where source = 'gdelt2'") == [
            (True,)
        ]


@pytest.mark.full
def test_a_damaged_part_is_found(tmp_path: Path) -> None:
    study = study_of(tmp_path, s3.bucket())
    pipeline.refresh(study)
    store = Store(study)
    cut, changed = [one for one in store.manifest().parts if one.kind in KINDS][:2]
    bare = study.store.url.removeprefix("s3://")
    with remote.storage().open(f"{bare}/{cut.path}", "wb") as stream:
        stream.write(b"cut")
    with remote.storage().open(f"{bare}/{changed.path}", "wb") as stream:
        stream.write(b"0" * changed.bytes)
    assert store.damaged() == [store.place.address(cut.path)]
    assert set(store.damaged(deep=True)) == {
        store.place.address(one.path) for one in (cut, changed)
    }
    with pytest.raises(StoreError, match="detente rebuild"):
        pipeline.refresh(study, full=True)
    pipeline.rebuild(study)
    assert Store(study).damaged(deep=True) == []


def test_what_nobody_lists_goes_after_the_days_for_which_others_may_need_it(
    shared: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = f"{shared.store.url}/source=gdelt2/year=2023/event-of-another-machine.parquet"
    with remote.storage().open(left, "wb") as stream:
        stream.write(b"put, and not yet listed")
    name = left.removeprefix(f"{shared.store.url}/")
    Store(shared).clean(published_state.parts(shared.processed))
    assert name in objects(shared.store.url)
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=shared.store.keep_days + 1))
    Store(shared).clean(published_state.parts(shared.processed))
    assert objects(shared.store.url) == {manifest.NAME} | Store(shared).manifest().paths


def _closed(folder: Path) -> dict[str, str]:
    return {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}"}


def _without_credentials(folder: Path) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": "",
        "AWS_SECRET_ACCESS_KEY": "",
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
        "AWS_CONFIG_FILE": str(folder / "none"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@pytest.mark.parametrize(
    "environment", [_closed, pytest.param(_without_credentials, marks=pytest.mark.full)]
)
def test_a_store_that_cannot_be_used_leaves_yesterdays_file_and_says_why(
    shared: Settings, tmp_path: Path, environment: Callable[[Path], dict[str, str]]
) -> None:
    before = shared.database.read_bytes()
    done = detente(shared.home, "refresh", environment=environment(tmp_path))
    assert done.returncode == 1
    assert f"{shared.store.url} cannot be used: " in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr and s3.SECRET not in done.stderr
    assert shared.database.read_bytes() == before


def test_the_settings_take_no_secret_and_no_engine_beside_it(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="store"):
        study_of(tmp_path / "one", "s3://key:secret@bucket/events")
    with pytest.raises(SettingsError, match="store"):
        study_of(tmp_path / "two", "s3://bucket")
    study = study_of(tmp_path / "three", "s3://bucket/events")
    path = study.home / "detente.toml"
    path.write_text(path.read_text() + '[engine]\nurl = "sc://127.0.0.1:1"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match="shares with this machine"):
        settings.load(path)
