"""What the doctor says of the event store and of the downloads, each spoilt in one way."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from detente import settings
from detente.operations.doctor import store as examined
from detente.refresh import checksums
from detente.settings import Settings
from detente.store import manifest
from detente.store.events import Store
from tests.support.studies import ROOT


@pytest.fixture
def study(tmp_path: Path) -> Settings:
    """A study whose store holds a part of each kind and whose one download is on disk."""
    home = tmp_path / "study"
    shutil.copytree(ROOT / "tests/fixtures/store-3", home)
    return settings.load(home / "detente.toml")


def _part(study: Settings) -> Path:
    return next(path for path in Store(study).paths("event") if isinstance(path, Path))


def _download(study: Settings) -> Path:
    [path] = [one for one in study.downloads.rglob("*") if one.is_file()]
    return path


def _list(study: Settings) -> Path:
    return study.events / manifest.NAME


def _with_version(study: Settings, version: int) -> None:
    content = json.loads(_list(study).read_text(encoding="utf-8"))
    _list(study).write_text(json.dumps({**content, "version": version}), encoding="utf-8")


def _flip_last(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(content)


def test_nothing_is_said_of_a_whole_store_and_of_none(study: Settings) -> None:
    assert examined.event_store(study, deep=False) == []
    assert examined.event_store(study, deep=True) == []
    assert examined.read_through(study) == []
    shutil.rmtree(study.events)
    assert examined.event_store(study, deep=False) == []
    assert examined.read_through(study) == []


@pytest.mark.parametrize(
    ("spoil", "message", "remedy"),
    [
        (lambda study: _part(study).unlink(), "1 of {n} files are gone, for", "detente rebuild"),
        (
            lambda study: _flip_last(_part(study)),
            "1 of {n} files are not as they were written, for",
            "detente rebuild",
        ),
        (
            lambda study: _list(study).unlink(),
            "its list {list} is gone, files of it are there, for",
            "detente rebuild",
        ),
        (lambda study: _list(study).write_text("{"), "{list}", "detente rebuild"),
        (lambda study: _with_version(study, 99), "got 99", "install the newer detente"),
    ],
    ids=["gone", "changed", "without its list", "with a spoilt list", "of a newer version"],
)
def test_what_is_wrong_with_the_store_is_named_with_what_mends_it(
    study: Settings, spoil: Callable[[Settings], object], message: str, remedy: str
) -> None:
    part, n = _part(study), len(manifest.read(study.events).files)
    spoil(study)
    [found] = examined.event_store(study, deep=False)
    assert (found.severity, found.subject, found.remedy) == ("problem", "event store", remedy)
    assert message.format(n=n, list=_list(study)) in found.message
    if "for" in message:
        named = found.message.rpartition("for instance ")[2]
        assert Path(named).suffix == ".parquet"
        if "files are" in message:
            assert named == str(part)


def test_a_gone_and_a_changed_file_are_told_apart(study: Settings) -> None:
    gone, changed = Store(study).paths("event") + Store(study).paths("file")
    assert isinstance(gone, Path) and isinstance(changed, Path)
    gone.unlink()
    _flip_last(changed)
    n = len(manifest.read(study.events).files)
    assert [one.message for one in examined.event_store(study, deep=False)] == [
        f"1 of {n} files are gone, for instance {gone}",
        f"1 of {n} files are not as they were written, for instance {changed}",
    ]


def test_a_download_that_is_gone_or_changed_is_named(study: Settings) -> None:
    path = _download(study)
    whole = path.read_bytes()
    path.write_bytes(whole + b"\n")
    [found] = examined.read_through(study)
    assert (found.severity, found.subject) == ("problem", "downloads")
    said = f"1 loaded file no longer as loaded, for instance {path}"
    assert found.message == said
    assert "restore them from the backup" in found.remedy
    path.unlink()
    assert examined.read_through(study) == []
    for deep in (True, False):
        [found] = examined.on_disk(study, deep=deep)
        assert found.severity == "note"
        said = f"1 loaded file no longer on disk; its events stay ({path.name})"
        assert found.message == said
    path.write_bytes(whole)
    assert examined.read_through(study) == examined.on_disk(study, deep=False) == []


def test_each_published_database_is_compared_with_its_checksum(study: Settings) -> None:
    kept = [study.processed / name for name in ("detente-2023-03-16.duckdb", "detente.duckdb")]
    for path in kept:
        path.write_bytes(b"as it was published")
        checksums.write(path, path)
    assert examined.read_through(study) == []
    with kept[0].open("r+b") as stream:
        stream.write(b"X")
    [found] = examined.read_through(study)
    assert (found.severity, found.subject) == ("problem", kept[0].name)
    assert found.message.startswith("is no longer as it was published")
    assert found.remedy == "detente refresh --full"


def test_events_that_the_account_of_their_file_knows_nothing_of_are_told(study: Settings) -> None:
    path = _part(study)
    fewer = path.with_name("fewer.parquet")
    with duckdb.connect() as con:
        con.execute(f"copy (from '{path}' offset 1) to '{fewer}' (format parquet)")
    fewer.replace(path)
    [found] = examined.read_through(study)
    assert (found.severity, found.subject) == ("problem", "event store")
    assert found.message.startswith(
        "holds other events than the accounts say of 1 file, for instance mine/"
    )
    assert found.remedy == "detente rebuild"


def test_a_spoilt_list_hides_not_what_was_found_before_it(study: Settings) -> None:
    database = study.processed / "detente.duckdb"
    database.write_bytes(b"as it was")
    checksums.write(database, database)
    database.write_bytes(b"as it is now")
    _list(study).write_text("{")
    first, second = examined.read_through(study)
    assert (first.subject, second.subject) == ("detente.duckdb", "event store")
    assert (second.severity, second.remedy) == ("problem", "detente rebuild")
