"""A provider that misbehaves, a clock that jumps, a damaged store, readers during swaps.

After each: no event is lost, none counts twice, the next run completes, and the tables are those
of one clean load.
"""

from __future__ import annotations

import shutil
import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from detente.base import clock
from detente.base.errors import DetenteError
from detente.database.published import Published
from detente.refresh import pipeline, publish
from detente.refresh.job import Result
from detente.settings import Settings

N_FILES = 7


@pytest.fixture(scope="module")
def files(world: Any) -> dict[str, bytes]:
    return dict(world.export(index) for index in range(N_FILES))


@pytest.fixture(scope="module")
def clean(
    world: Any, files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Settings, dict[str, str]]:
    """One load of everything."""
    folder = tmp_path_factory.mktemp("clean")
    study = world.write_study(folder / "study", world.write_mirror(folder / "mirror", files))
    pipeline.refresh(study)
    assert world.faults(study) == []
    return study, world.digest(study.database)


def _same(world: Any, study: Settings, expected: dict[str, str]) -> list[str]:
    """Name the tables that differ; where a file came from differs by right."""
    found = world.digest(study.database)
    return [
        name for name in expected if name != "meta.raw_file" and found.get(name) != expected[name]
    ]


@pytest.mark.full
def test_a_provider_that_is_down_slow_resetting_or_serves_garbage(
    world: Any,
    provider: Any,
    files: dict[str, bytes],
    clean: tuple[Settings, dict[str, str]],
    tmp_path: Path,
) -> None:
    with provider.serving() as server:
        study = world.write_study(tmp_path / "study", server.url, timeout=0.5)
        # At first nothing is had at all: the list itself fails, in a way of its own each time.
        lists = ("masterfilelist.txt", "lastupdate.txt")
        for path in lists:
            server.put(path, world.master_list(files))
            server.fault(path, "reset", "slow")
        pipeline.refresh(study)
        with Published(study.database) as published:
            assert published.rows("select count(*) from core.event where source = 'gdelt2'") == [
                (0,)
            ]
        # Then every file fails in its own way, and in each way to the end of its attempts.
        kinds = ("reset", "slow", "garbage", "cut", "html", "500", "empty")
        for (name, content), kind in zip(sorted(files.items()), kinds, strict=True):
            server.put(name, content)
            server.fault(name, *[kind] * 2)
        pipeline.refresh(study)
        assert world.faults(study) == []
        with Published(study.database) as published:
            told = dict(
                published.rows(
                    "select regexp_extract(raw_file_id, '[^/]+$'), status from meta.raw_file "
                    "where source = 'gdelt2'"
                )
            )
        assert sorted(told) == sorted(files), "each gap is on record"
        assert "loaded" not in told.values()
        # The next night all is well.
        pipeline.refresh(study)
        assert world.faults(study) == []
        assert _same(world, study, clean[1]) == []
        # And when the provider has gone for good, what is there stays.
        for path in (*lists, *files):
            server.fault(path, "always reset")
        assert not pipeline.refresh(study).is_new
    assert not pipeline.refresh(study).is_new, "nobody listens at that address any more"
    assert _same(world, study, clean[1]) == []


@pytest.mark.full
def test_a_clock_that_jumps(
    world: Any,
    files: dict[str, bytes],
    clean: tuple[Settings, dict[str, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = clock.now()
    mirror = tmp_path / "mirror"
    names = sorted(files)

    def night(moment: datetime, n_files: int) -> Result:
        monkeypatch.setattr(clock, "now", lambda: moment)
        url = world.write_mirror(mirror, {name: files[name] for name in names[:n_files]})
        return pipeline.refresh(world.write_study(tmp_path / "study", url))

    study = tmp_path / "study"
    night(now, 2)
    night(now + timedelta(days=365 * 14), 3)  # far ahead
    # Back again: the run of the future is not taken for the one that built the database.
    assert night(now + timedelta(days=1), 5).is_new
    assert not night(now + timedelta(days=1, seconds=1), 5).is_new
    # Before the data begins: what is loaded stays.
    night(datetime(1970, 1, 1), 5)
    night(now, N_FILES)
    made = world.write_study(study, mirror.as_uri() + "/")
    assert world.faults(made) == []
    assert _same(world, made, clean[1]) == []
    with Published(made.database) as published:
        assert published.rows("select as_of from meta.current_run") == [(now.date(),)]


@pytest.mark.full
@pytest.mark.parametrize("damage", ["bytes", "gone", "ledger"])
def test_a_damaged_store_is_named_with_the_way_out(
    world: Any,
    files: dict[str, bytes],
    clean: tuple[Settings, dict[str, str]],
    tmp_path: Path,
    damage: str,
) -> None:
    home = tmp_path / "study"
    shutil.copytree(clean[0].home, home)
    url = world.write_mirror(tmp_path / "mirror", files)
    study = world.write_study(home, url)
    # The study was moved, so the database is rebuilt from the store as it is.
    part = max(study.events.glob("source=*/*/event-*.parquet"), key=lambda one: one.stat().st_size)
    ledger = next(study.events.glob("ledger/file-*.parquet"))
    if damage == "bytes":
        content = bytearray(part.read_bytes())
        content[4 : len(content) // 2] = bytes(len(content) // 2 - 4)
        part.write_bytes(content)
    elif damage == "gone":
        part.unlink()
    else:
        ledger.write_bytes(b"")
    before = study.database.read_bytes()
    with pytest.raises(DetenteError) as error:
        pipeline.refresh(study)
    assert study.database.read_bytes() == before, "the published database is as it was"
    assert "`detente rebuild`" in str(error.value)
    pipeline.rebuild(study)  # what the message says mends it
    assert world.faults(study) == []
    assert _same(world, study, clean[1]) == []


@pytest.mark.full
def test_readers_never_see_an_error_or_a_mixture_during_fifty_swaps(
    world: Any, clean: tuple[Settings, dict[str, str]], tmp_path: Path
) -> None:
    study, _ = clean
    url = world.write_mirror(tmp_path / "mirror", dict([world.export(0)]))
    other = world.write_study(tmp_path / "other", url, records=(1, 5, 9))
    pipeline.refresh(other)
    target = tmp_path / "published.duckdb"
    shutil.copyfile(study.database, target)
    asked = (
        "select (select count(*) from core.record), (select count(*) from marts.dyad_month), "
        "(select max(run_id) from meta.run), (select sum(n_loaded) from meta.raw_file)"
    )
    states = set()
    for database in (study.database, other.database):
        with Published(database) as published:
            states |= set(published.rows(asked))
    assert len(states) == 2
    done = threading.Event()
    seen: list[tuple[Any, ...]] = []
    errors: list[BaseException] = []

    def read() -> None:
        while not done.is_set():
            try:
                # A snapshot is one connection: what it says first it says last. A link of its own
                # makes the reader a client apart, as DuckDB shares a file within a process.
                with Published(target) as published:
                    first, last = published.rows(asked), published.rows(asked)
                assert first == last
                seen.extend(first)
            except BaseException as error:
                errors.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    n_swaps = 0
    while n_swaps < 50 or len(set(seen)) < 2:
        building = tmp_path / f"building-{n_swaps}.duckdb"
        shutil.copyfile((other, study)[n_swaps % 2].database, building)
        before = len(seen)
        publish.swap(building, target)
        n_swaps += 1
        while len(seen) == before and not errors:  # each state is read at least once
            done.wait(0.005)
        if errors:
            break
    done.set()
    for reader in readers:
        reader.join()
    assert errors == []
    assert set(seen) == states
    assert len(seen) >= 50
