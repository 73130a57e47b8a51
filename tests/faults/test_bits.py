"""A disk flips bits in parts of the event store and in the published database.

None of it is published in silence: what a refresh reads is compared with its checksum.
`make faults` flips 300 bits.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from detente.base.errors import DetenteError
from detente.database.builder import Warehouse
from detente.operations import doctor
from detente.refresh import checksums, pipeline
from detente.store.events import Store

N_FLIPS = 300 if "DETENTE_FAULTS" in os.environ else 30
SEED = 20240229


def flip(path: Path, chosen: random.Random) -> None:
    """Flip one bit of a file in its place."""
    with path.open("r+b") as stream:
        place = chosen.randrange(path.stat().st_size)
        stream.seek(place)
        old = stream.read(1)[0]
        stream.seek(place)
        stream.write(bytes([old ^ (1 << chosen.randrange(8))]))


@pytest.fixture(scope="module")
def study(world: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("bits")
    files = dict(world.export(index) for index in range(2))
    made = world.write_study(folder / "study", world.write_mirror(folder / "mirror", files))
    pipeline.refresh(made)
    return made


def test_every_flipped_bit_is_found(study: Any) -> None:
    chosen = random.Random(SEED)
    store = Store(study.events)
    found = 0
    files = [*store.paths("event"), *store.paths("other"), study.database]
    for number in range(N_FLIPS):
        path = files[number % len(files)]
        whole = path.read_bytes()
        flip(path, chosen)
        if path == study.database:
            found += checksums.mismatch(path) is not None
        else:
            found += path in store.damaged()
        with path.open("r+b") as stream:  # in its place: the same file as before
            stream.write(whole)
    assert found == N_FLIPS
    assert checksums.mismatch(study.database) is None
    sys.stdout.write(f"{N_FLIPS} flipped bits, {found} found\n")


def test_a_lost_row_is_told_by_the_account_of_its_file_alone(study: Any, tmp_path: Path) -> None:
    folder = tmp_path / "events"
    shutil.copytree(study.events, folder)
    store = Store(folder)
    with Warehouse() as warehouse:
        names = sorted(store.files(warehouse))
    assert len(names) > 1
    assert store.disagreeing() == store.disagreeing(names) == []
    path, fewer = store.paths("event")[0], tmp_path / "fewer.parquet"
    with duckdb.connect() as con:
        (lost,) = con.execute(
            f"select raw_file_id::varchar from '{path}' order by event_id limit 1"
        ).fetchall()
        con.execute(
            f"copy (from '{path}' order by event_id offset 1) to '{fewer}' (format parquet)"
        )
    fewer.replace(path)
    assert store.disagreeing() == list(lost)
    assert store.disagreeing(lost) == list(lost)
    assert store.disagreeing([name for name in names if name not in lost]) == []


@pytest.mark.parametrize("kind", ["event", pytest.param("database", marks=pytest.mark.full)])
def test_a_flipped_bit_is_not_published(study: Any, world: Any, tmp_path: Path, kind: str) -> None:
    """The next night brings events of the same months, so that the part is read again."""
    from detente import settings

    shutil.copytree(study.home.parent, tmp_path / "all")
    copied = settings.load(tmp_path / "all" / "study" / "detente.toml")
    # The copy knows the checksum of its own file.
    checksums.write(copied.database, copied.database)
    url = world.write_mirror(
        tmp_path / "all" / "mirror", dict(world.export(index) for index in range(3))
    )
    old = (study.home.parent / "mirror").as_uri()
    config = copied.home / "detente.toml"
    config.write_text(config.read_text().replace(f"{old}/", url))
    copied = settings.load(config)
    clean = tmp_path / "clean"
    shutil.copytree(copied.home, clean)
    wanted = world.digest(pipeline.refresh(settings.load(clean / "detente.toml")).database)
    target = (
        max(Store(copied.events).paths("event"), key=lambda one: one.stat().st_size)
        if kind == "event"
        else copied.database
    )
    flip(target, random.Random(SEED))
    problems = [one for one in doctor.examine(copied, deep=True) if one.severity == "problem"]
    assert problems
    try:
        result = pipeline.refresh(copied)
    except DetenteError as error:
        assert kind == "event"
        assert "detente rebuild" in str(error)
        return
    assert kind == "database"
    assert result.run.build == "full"
    assert world.digest(result.database) == wanted
