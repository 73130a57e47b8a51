"""A study that was moved, copied, restored or mounted works at once, and reads its own parts."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from detente import settings
from detente.database.published import Published
from detente.operations import doctor
from detente.refresh import pipeline
from detente.settings import Settings
from tests.support import world

COUNTED = "select count(*) from core.event where source = 'gdelt2'"


def events(study: Settings) -> list[tuple[object, ...]]:
    """Return what the program reads, and what a person asks, of the events of the store."""
    query = "select count(*), sum(hash(event_id)::hugeint) from core.event where source = 'gdelt2'"
    with Published(study.database) as database:
        own = database.rows(query)
        assert database.query_rows(query)[1] == own
    return own


def elsewhere(study: Settings) -> list[doctor.Finding]:
    """Return what the doctor says of a database that was built elsewhere."""
    return [one for one in doctor.examine(study) if "was built in" in one.message]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A study in a folder whose name DuckDB would take for a pattern."""
    folder = tmp_path_factory.mktemp("moved") / "a[b] it's"
    url = world.write_mirror(folder / "mirror", dict(world.export(index) for index in range(2)))
    study = world.write_study(folder / "study", url)
    pipeline.refresh(study)
    return study


def test_a_copy_reads_its_own_parts_though_the_original_is_there(
    built: Settings, tmp_path: Path
) -> None:
    copied = settings.load(Path(shutil.copytree(built.home, tmp_path / "x[y]")) / "detente.toml")
    assert events(copied) == events(built)
    hidden = built.events.rename(built.events.with_name("hidden"))
    try:
        assert events(copied)[0][0] > 0
    finally:
        hidden.rename(built.events)


def test_a_database_without_its_study_reads_the_parts_where_they_are(
    built: Settings, tmp_path: Path
) -> None:
    alone = tmp_path / "alone.duckdb"
    shutil.copyfile(built.database, alone)
    with Published(alone) as database:
        n = database.rows(COUNTED)
        assert (
            n == database.query_rows("select count(*) from core.event where source = 'gdelt2'")[1]
        )
    with duckdb.connect(str(alone), read_only=True) as client:
        assert (
            client.execute("select count(*) from core.event where source = 'gdelt2'").fetchall()
            == n
        )


def test_a_client_may_say_where_the_parts_are(built: Settings, tmp_path: Path) -> None:
    copied = Path(shutil.copytree(built.processed, tmp_path / "elsewhere"))
    hidden = built.events.rename(built.events.with_name("hidden"))
    try:
        with duckdb.connect(str(copied / "detente.duckdb"), read_only=True) as client:
            client.execute(f"set variable detente_events = '{copied}/events/'")
            assert client.execute("select count(*) from core.store_event").fetchall()[0][0] > 0
    finally:
        hidden.rename(built.events)


def test_the_next_refresh_of_a_moved_study_goes_on(built: Settings, tmp_path: Path) -> None:
    copied = settings.load(Path(shutil.copytree(built.home, tmp_path / "next")) / "detente.toml")
    before = events(copied)
    assert elsewhere(built) == []
    assert [one.remedy for one in elsewhere(copied)] == ["detente refresh --force"]
    assert str(built.processed) in elsewhere(copied)[0].message
    pipeline.refresh(copied, force=True)
    assert elsewhere(copied) == []
    assert events(copied) == before
    assert world.faults(copied) == []
