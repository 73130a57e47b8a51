"""Rebuilding from raw files, and databases and stores that another version wrote."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest

from detente import settings
from detente.base.errors import DetenteError, NewerStore, NotPublished, StoreError
from detente.cli import refreshing
from detente.database.builder import LAYOUT_VERSION, Warehouse
from detente.database.published import Published
from detente.operations import doctor
from detente.refresh import pipeline
from detente.settings import Settings
from detente.store import manifest
from detente.store.events import Store, read_parquet
from tests.support.some import some
from tests.support.studies import Line, MakeStudy

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
# Differ from run to run by nature: when, by which run, under which name a part was written.
VARYING = {
    "meta.run": {"*"},
    "meta.current_run": {"*"},
    "meta.raw_file": {"loaded_at"},
    "meta.event_part": {"path", "bytes"},
}


def content(database: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table and view, but for what varies by nature."""
    found = {}
    with Published(database) as published:
        for (table,) in published.rows(
            "select table_schema || '.' || table_name from information_schema.tables "
            "where table_schema <> 'information_schema' order by all"
        ):
            left_out = VARYING.get(table, set())
            if "*" not in left_out:
                columns = [f'"{name}"' for name in published.columns(table) if name not in left_out]
                # The list of the parts' names is an input like another.
                where = "where kind <> 'events'" if table == "meta.input" else ""
                rows = published.rows(f"select {', '.join(columns)} from {table} {where}")
                found[table] = sorted(rows, key=repr)  # a view has no order
    return found


def problems(study: Settings) -> dict[str, str]:
    """What the doctor calls a problem, by subject, with the command that fixes it."""
    return {one.subject: one.remedy for one in doctor.examine(study) if one.severity == "problem"}


def store_of(version: str, home: Path, root: Path) -> Settings:
    """A study whose event store an earlier version of detente wrote."""
    shutil.copytree(FIXTURES / version, home)
    shutil.copytree(root / "data" / "raw" / "reference", home / "data" / "raw" / "reference")
    return settings.load(home / "detente.toml")


@pytest.fixture
def first_store(tmp_path: Path, root: Path) -> Settings:
    """That of the first published version."""
    return store_of("store-1", tmp_path / "study", root)


_VERSIONS = sorted(path.name for path in FIXTURES.glob("store-*"))


@pytest.mark.parametrize(
    "version",
    # The oldest passes through every change since.
    [_VERSIONS[0], *(pytest.param(one, marks=pytest.mark.full) for one in _VERSIONS[1:])],
)
def test_every_version_of_the_store_is_read_and_carried_on(
    tmp_path: Path, root: Path, version: str
) -> None:
    study = store_of(version, tmp_path / "study", root)
    held = Store(study.events)
    assert held.damaged() == []
    with Warehouse() as warehouse:
        events = warehouse.rows(
            f"select event_id, event_date::varchar, cameo_code from {held.relation('event')} "
            "order by event_date"
        )
        (account,) = held.files(warehouse).values()
    assert len(events) == 40
    assert events[0] == ("m0", "2020-01-15", "163")
    # Until the third version a state that nobody knows was out of scope; since then it is rejected.
    expected = [42, 40, 0, 2] if version == "store-3" else [42, 40, 1, 1]
    names = ("n_rows", "n_loaded", "n_out_of_scope", "n_rejected")
    assert [account[name] for name in names] == expected
    pipeline.refresh(study)
    with Published(study.database) as database:
        assert database.rows("select count(*) from core.event") == [(40,)]
        assert database.layout_version() == LAYOUT_VERSION
    # A line more: what was there is neither lost nor counted twice.
    mine = study.raw / "mine.csv"
    before = mine.read_text()
    mine.write_text(before + "new,2021-12-30,JPN,KOR,042,one more\n", encoding="utf-8")
    pipeline.refresh(study)
    with Published(study.database) as database:
        assert database.rows("select count(*), count(distinct event_id) from core.event") == [
            (41, 41)
        ]


def test_a_rebuild_from_raw_gives_identical_tables(
    first_store: Settings, make_study: MakeStudy, line: Line
) -> None:
    toml = (first_store.home / "detente.toml").read_text()
    shutil.rmtree(first_store.processed)
    study = make_study(
        [line("a", "2020-01-31"), line("bad", "2020-13-31")], toml, folder=first_store.home
    )
    pipeline.refresh(study)
    before = content(study.database)
    assert len(before["core.event"]) == 42
    # A state that nobody knows and a day that is none in the own file; such a day in the records.
    assert len(before["core.event_rejected"]) == 3
    parts = manifest.read(study.events).paths

    # Beside the published database, which keeps the parts that it reads until it is replaced.
    assert pipeline.rebuild(study).run.build == "full"
    assert not manifest.read(study.events).paths & parts
    assert content(study.database) == before

    # From nothing, as after the loss of the disk that held what was built.
    shutil.rmtree(study.processed)
    refreshing.rebuild(study.home / "detente.toml")
    assert content(study.database) == before


@pytest.mark.parametrize("version", ["store-1", "store-2", "store-3"])
def test_damage_is_found_with_checksums_and_without(
    tmp_path: Path, root: Path, version: str
) -> None:
    held = Store(store_of(version, tmp_path / "study", root).events)
    cut, gone = held.paths("event") + held.paths("file")
    cut.write_bytes(cut.read_bytes()[:-10])
    gone.unlink()
    assert held.damaged() == [cut, gone]


def _still_reads(part: Path, whole: bytes, place: int) -> bool:
    """Flip a bit of a part; say whether every value can be read all the same."""
    content = bytearray(whole)
    content[place] ^= 1
    part.write_bytes(content)
    with Warehouse() as warehouse:
        try:
            warehouse.rows(f"select hash(t) from {read_parquet([part])} as t")
        except DetenteError:
            return False
    return True


def test_a_flipped_bit_is_found_although_the_file_can_be_read(first_store: Settings) -> None:
    pipeline.refresh(first_store)
    before = first_store.database.read_bytes()
    part = first_store.events / manifest.read(first_store.events).parts[0].path
    whole = part.read_bytes()
    assert any(_still_reads(part, whole, place) for place in range(len(whole) // 4, len(whole)))
    assert problems(first_store) == {"event store": "detente rebuild"}
    with pytest.raises(StoreError, match="as it was written, got another content"):
        pipeline.refresh(first_store, full=True)
    assert first_store.database.read_bytes() == before


@pytest.mark.full
def test_a_damaged_store_is_named_with_the_command_that_mends_it(first_store: Settings) -> None:
    pipeline.refresh(first_store)
    before = content(first_store.database)
    assert problems(first_store) == {}
    part = first_store.events / manifest.read(first_store.events).parts[0].path
    whole = part.read_bytes()
    part.write_bytes(whole[:-10])
    # Nor can the database be read, whose events these are.
    repaired = {"event store": "detente rebuild", "database": "detente rebuild"}
    assert problems(first_store) == repaired
    part.unlink()
    assert problems(first_store) == repaired
    (first_store.events / manifest.NAME).write_text("{", encoding="utf-8")
    assert problems(first_store)["event store"] == "detente rebuild"
    pipeline.rebuild(first_store)
    assert problems(first_store) == {}
    assert content(first_store.database)["core.event"] == before["core.event"]


def test_a_rebuild_without_the_raw_files_leaves_the_store_alone(first_store: Settings) -> None:
    mine = first_store.raw / "mine.csv"
    before = mine.read_text()
    mine.write_text(before + "new,2021-12-30,JPN,KOR,042,one more\n", encoding="utf-8")
    pipeline.refresh(first_store)
    held = manifest.read(first_store.events)
    (newest,) = (
        path
        for path in (first_store.downloads / "mine").iterdir()
        if b"one more" in path.read_bytes()
    )
    newest.unlink()
    with pytest.raises(StoreError, match=r"no longer on disk, for instance .*mine@"):
        pipeline.rebuild(first_store)
    assert manifest.read(first_store.events) == held
    mine.write_text(before)
    # Removed on purpose: what is still there is loaded, and nothing else.
    pipeline.rebuild(first_store, without_missing=True)
    with Published(first_store.database) as published:
        (told,) = published.rows(
            "select count(*) filter (where title = 'one more'), count(*) > 0 from core.event"
        )
    assert told == (0, True)


def test_a_store_of_a_newer_version_is_left_alone(first_store: Settings) -> None:
    path = first_store.events / manifest.NAME
    path.write_text(json.dumps({**json.loads(path.read_text()), "version": 99}), encoding="utf-8")
    before = path.read_bytes()
    for step in (pipeline.refresh, pipeline.rebuild):
        with pytest.raises(NewerStore, match="Install that version again"):
            step(first_store)
    assert path.read_bytes() == before
    assert problems(first_store)["event store"] == "install the newer detente"


@pytest.mark.full
def test_a_database_of_another_layout_is_named_and_mended_by_a_refresh(
    first_store: Settings,
) -> None:
    pipeline.refresh(first_store)
    before = content(first_store.database)
    with Warehouse(first_store.database) as older:
        older.execute("drop table meta.layout")
        older.execute("alter table meta.study drop column points_per_score")
    assert problems(first_store) == {"detente.duckdb": "detente refresh"}
    with (
        Published(first_store.database) as database,
        pytest.raises(
            NotPublished,
            match=rf"tables of version 0 .*version {LAYOUT_VERSION}.*`detente refresh`",
        ),
    ):
        database.rows("select points_per_score from meta.study")
    # No input changed; the layout alone makes the build necessary, and a whole one.
    result = pipeline.refresh(first_store)
    assert result.is_new
    assert result.run.build == "full"
    assert content(first_store.database) == before
    assert problems(first_store) == {}


def test_every_finding_that_is_no_good_news_says_what_mends_it(first_store: Settings) -> None:
    first_store.events.joinpath(manifest.NAME).write_text("{", encoding="utf-8")
    bad = some(one for one in doctor.examine(first_store) if one.severity != "ok")
    assert all(one.remedy for one in bad), [asdict(one) for one in bad]
