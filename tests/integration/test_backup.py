"""A backup restored elsewhere is the study: it reads, checks and refreshes as the original."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from detente.base.errors import DetenteError, UsageError
from detente.database.published import Published
from detente.operations import backup, doctor
from detente.refresh import ingest, pipeline, source_plan
from detente.settings import Settings
from tests.fixtures import make_store
from tests.support import world
from tests.support.command import detente


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("backup")
    url = world.write_mirror(folder / "mirror", dict(world.export(index) for index in range(2)))
    made = world.write_study(folder / "study", url)
    pipeline.refresh(made)
    return made


def test_a_restored_study_is_the_study(study: Settings, tmp_path: Path) -> None:
    done = detente(study.home, "export", str(tmp_path / "kept"))
    assert done.returncode == 0, done.stderr
    done = detente(tmp_path, "import", "kept", "--to", "else where[1]")
    assert done.returncode == 0, done.stderr
    restored = backup.study_settings.load(tmp_path / "else where[1]" / "detente.toml")
    hidden = study.home.rename(study.home.with_name("away"))
    try:
        found = world.digest(restored.database)
        with Published(restored.database) as database:
            counted = database.query_rows("select count(*) from core.store_event")[1]
        assert counted[0][0] > 0
        problems = [one for one in doctor.examine(restored) if one.severity == "problem"]
        assert problems == []
    finally:
        hidden.rename(study.home)
    assert found == world.digest(study.database)
    assert source_plan.plan(restored, ingest.chosen(restored, ["gdelt2"])[0], None).actions == ()


def test_downloads_may_be_listed_only(study: Settings, tmp_path: Path) -> None:
    written = backup.write(study, tmp_path / "kept", with_downloads=False)
    listed = list(backup.missing(written))
    assert sum(name.endswith(".zip") for name in listed) == 2
    assert not (tmp_path / "kept" / listed[0]).exists()
    restored = backup.restore(tmp_path / "kept", tmp_path / "back")
    with Published(restored.database) as database:
        assert database.rows("select count(*) from core.store_event")[0][0] > 0


def test_a_damaged_backup_is_refused_and_nothing_is_restored(
    study: Settings, tmp_path: Path
) -> None:
    backup.write(study, tmp_path / "kept")
    name = next(
        one.path for one in backup.read_list(tmp_path / "kept").files if "event-" in one.path
    )
    content = bytearray((tmp_path / "kept" / name).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "kept" / name).write_bytes(content)
    with pytest.raises(DetenteError, match="event-"):
        backup.restore(tmp_path / "kept", tmp_path / "back")
    assert not (tmp_path / "back").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept"]


def test_what_is_no_place_or_no_backup_is_refused(study: Settings, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("mine")
    with pytest.raises(UsageError, match="empty folder"):
        backup.write(study, tmp_path / "full")
    with pytest.raises(UsageError, match="within the study's data"):
        backup.write(study, study.raw / "kept")
    with pytest.raises(UsageError, match="expected a backup"):
        backup.restore(tmp_path / "full", tmp_path / "back")
    listed = {"version": 1, "outside": [], "files": [
        {"path": "../x", "bytes": 1, "sha256": "0", "is_here": True}
    ]}  # fmt: skip
    (tmp_path / "full" / backup.LIST).write_text(json.dumps(listed))
    with pytest.raises(UsageError, match="within the study"):
        backup.restore(tmp_path / "full", tmp_path / "back")
    others = [{"path": "x", "bytes": 4, "sha256": "0", "is_here": True}]
    (tmp_path / "full" / backup.LIST).write_text(json.dumps({**listed, "files": others}))
    with pytest.raises(UsageError, match=r"with the settings, detente\.toml"):
        backup.restore(tmp_path / "full", tmp_path / "back")
    (tmp_path / "full" / backup.LIST).write_text(json.dumps({**listed, "version": 99}))
    with pytest.raises(UsageError, match="newer detente"):
        backup.restore(tmp_path / "full", tmp_path / "back")


def test_folders_on_another_disk_and_odd_names(study: Settings, tmp_path: Path) -> None:
    home = Path(shutil.copytree(study.home, tmp_path / "linked"))
    copied = backup.study_settings.load(home / "detente.toml")
    shutil.move(copied.downloads, tmp_path / "large disk")
    copied.downloads.symlink_to(tmp_path / "large disk")
    (tmp_path / "large disk" / "back").symlink_to(tmp_path / "large disk")  # a circle
    name = os.fsdecode(b"odd\xff.export.CSV.zip")
    (copied.downloads / "gdelt2" / name).write_text("x")
    odd = os.fsencode(copied.raw) + b"/odd\xff.txt"
    Path(os.fsdecode(odd)).write_text("x")
    written = backup.write(copied, tmp_path / "kept")
    names = [one.path for one in written.files]
    assert sum(name.endswith(".zip") for name in names) == 2
    assert [Path(name).name for name in written.outside] == [
        "odd\\xff.export.CSV.zip", "odd\\xff.txt"
    ]  # fmt: skip
    assert backup.read_list(tmp_path / "kept") == written
    plan = source_plan.plan(copied, ingest.chosen(copied, ["gdelt2"])[0], None)
    assert plan.actions == (), "what lies behind the link counts as downloaded"
    assert [one.name for one in plan.unrecognised] == ["odd\\xff.export.CSV.zip"]
    with pytest.raises(UsageError, match="within the study's data"):
        backup.write(copied, copied.specs / "kept")
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    (tmp_path / "disk" / backup.RESTORING).mkdir()  # somebody was killed
    restored = backup.restore(tmp_path / "kept", tmp_path / "link")
    assert world.digest(restored.database) == world.digest(study.database)
    assert not (tmp_path / "disk" / backup.RESTORING).exists()


_FILE = {"path": "detente.toml", "bytes": 1, "sha256": "0", "is_here": True}


@pytest.mark.parametrize(
    "content",
    [
        "", "null", "[]", "[" * 100_000, "\ufffe", '{"version": 1}', '{"version": 1e999}',
        *(
            json.dumps({"version": 1, "outside": [], "files": files})
            for files in (
                3, ["a"], [], [{**_FILE, "path": 3}], [_FILE, {**_FILE, "path": "a" * 5000}],
                [{**_FILE, "bytes": "x"}], [_FILE, {**_FILE, "path": "a\0b"}],
                [{**_FILE, "is_here": False}], [_FILE, {**_FILE, "path": "/etc/passwd"}],
                [_FILE, {**_FILE, "path": "detente.toml/x"}],
            )
        ),
    ],
)  # fmt: skip
def test_a_list_that_is_none_is_refused_by_name(tmp_path: Path, content: str) -> None:
    (tmp_path / backup.LIST).write_text(content, encoding="utf-8")
    (tmp_path / "detente.toml").write_text("x")
    with pytest.raises(DetenteError, match=re.escape(str(tmp_path))):
        backup.restore(tmp_path, tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_a_folder_that_cannot_be_made_is_named(study: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="file/x"):
        backup.write(study, tmp_path / "file" / "x")


def test_a_backup_of_an_older_version_of_the_store_is_restored_and_refreshed(
    tmp_path: Path,
) -> None:
    """The folder that the first version wrote, backed up then as now: files and a list."""
    home = tmp_path / "old"
    shutil.copytree(Path(make_store.__file__).parent / "store-1", home)
    shutil.copytree(
        make_store.ROOT / "data" / "raw" / "reference", home / "data" / "raw" / "reference"
    )
    study = backup.study_settings.load(home / "detente.toml")
    backup.write(study, tmp_path / "kept")
    restored = backup.restore(tmp_path / "kept", tmp_path / "back")
    pipeline.refresh(restored)
    with Published(restored.database) as database:
        assert database.rows("select count(*) from core.event")[0][0] > 0
