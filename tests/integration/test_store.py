"""The store under stress: killed anywhere, two at once, damaged files, many parts."""

# Real rows are long.
# ruff: noqa: E501

from __future__ import annotations

import io
import json
import math
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from detente import sources
from detente.base.errors import RawFileError, SettingsError, StoreError
from detente.database.builder import Warehouse
from detente.refresh import (
    ingest,
    pipeline,
    publish,
    published_state,
    raw_files,
    source_plan,
)
from detente.refresh.job import Request
from detente.settings import Settings
from detente.sources import archive, lines, quoted
from detente.store import events, ledger, manifest
from detente.store.events import FILE_COLUMNS, KINDS, Store, read_parquet
from detente.store.files import LocalFiles
from detente.store.manifest import Manifest, Part
from detente.store.parts import PartWriter
from detente.store.settle import Settling
from tests.support import gdelt2
from tests.support.provider import zipped
from tests.support.studies import MakeStudy, study_table

STUDY = study_table("2015-01-01", "JPN", "KOR")


@pytest.fixture
def sample(shared_data: Path) -> bytes:
    return (shared_data / "gdelt2" / "20191024143000.export.CSV").read_bytes()


def grown(sample: bytes, n_files: int, rows: int, seed: int = 1) -> dict[str, bytes]:
    """Make files of real rows with numbers of their own, zipped as the provider does."""
    chosen = random.Random(seed)
    texts = sample.splitlines(keepends=True)
    number = 900_000_000
    files = {}
    for index in range(n_files):
        part = []
        for _ in range(rows):
            line = chosen.choice(texts)
            number += 1
            part.append(str(number).encode() + line[line.index(b"\t") :])
        hour, quarter = divmod(index, 4)
        day, hour = divmod(hour, 24)
        # No file tells of days after its own: the sample is of the 24th.
        name = f"201910{24 + day:02}{hour:02}{quarter * 15:02}00.export.CSV"
        files[f"{name}.zip"] = zipped(name, b"".join(part))
    return files


def put(study: Settings, files: dict[str, bytes]) -> None:
    folder = study.downloads / "gdelt2" / "2019"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def load(study: Settings, batch_bytes: int = 1 << 20) -> int:
    """Load what lies on disk; return how many files were committed."""
    source = sources.named(study, "gdelt2")
    todo = source_plan.plan(study, source, None)
    files = [raw_files.raw_file(study, source, one.remote, one.path) for one in todo.actions]
    with publish.only_writer(study.processed, 10), Warehouse() as warehouse:
        loader = ingest.loader_of(study, source, warehouse, batch_bytes=batch_bytes)
        return len(list(loader.load(files)))


def content(study: Settings) -> dict[str, list[tuple[object, ...]]]:
    store = Store(study.events)
    with Warehouse() as warehouse:
        found = {
            kind: warehouse.rows(f"select * from {store.relation(kind)} order by event_id")
            for kind in KINDS
        }
        found["files"] = sorted(
            tuple(
                row[name]
                for name in (
                    "raw_file_id",
                    "n_rows",
                    "n_loaded",
                    "n_out_of_scope",
                    "n_unknown",
                    "n_duplicate",
                    "n_rejected",
                    "status",
                )
            )
            for row in store.files(warehouse).values()
        )
    return found


@pytest.mark.parametrize("batch_bytes", [1 << 16, 1 << 18, 1 << 28])
def test_the_size_of_batches_does_not_matter(
    make_study: MakeStudy, sample: bytes, batch_bytes: int
) -> None:
    files = grown(sample, 6, 200)
    study = make_study(toml=STUDY)
    put(study, files)
    assert load(study, batch_bytes) == 6
    found = content(study)
    assert sum(len(found[kind]) for kind in KINDS) == 1200
    assert [row[1] for row in found["files"]] == [200] * 6
    assert load(study, batch_bytes) == 0, "the same files twice: nothing"
    assert content(study) == found


KILLED = """
import sys, os, signal, threading, time
sys.path.insert(0, {here!r})
from detente import settings
from detente.refresh import ingest, publish
from detente.refresh.job import Request
from detente.store import manifest
study = settings.load(__import__("pathlib").Path({config!r}))
{arm}
with publish.only_writer(study.processed, 10):
    ingest.update(study, ["gdelt2"], offline=True)
print("done")
"""
# Every place at which something is written or renamed; the process dies there, at the n-th time.
ARMS = {
    "before a part has its name": ("os.fsync", 1),
    "at the fifth sync": ("os.fsync", 5),
    "before the first commit": ("manifest.write", 1),
    "before the second commit": ("manifest.write", 2),
    "after the first commit": ("after manifest.write", 1),
    "after the second commit": ("after manifest.write", 2),
    "at a rename": ("Path.replace", 2),
    "in the middle of time": ("timer", 0.35),
}


def _arm(place: str, count: float) -> str:
    if place == "timer":
        return f"threading.Timer({count}, lambda: os.kill(os.getpid(), signal.SIGKILL)).start()"
    owner, name = place.removeprefix("after ").split(".")
    before = "" if owner != "Path" else "from pathlib import Path\n"
    die = "os.kill(os.getpid(), signal.SIGKILL)"
    after = place.startswith("after ")
    return f"""{before}_real, _n = {owner}.{name}, [0]
def _counted(*args, **kwargs):
    _n[0] += 1
    if _n[0] == {count} and not {after}: {die}
    result = _real(*args, **kwargs)
    if _n[0] == {count} and {after}: {die}
    return result
{owner}.{name} = _counted
import detente.store.batches; detente.store.batches.BATCH_BYTES = 1 << 18
"""


# The others are as long; they are tried in `make full`.
ALWAYS = ("before a part has its name", "after the first commit")


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=() if one in ALWAYS else pytest.mark.full) for one in ARMS]
)
def test_killed_anywhere_and_started_again_each_event_counts_once(
    make_study: MakeStudy, sample: bytes, tmp_path: Path, name: str
) -> None:
    files = grown(sample, 8, 150)
    whole = make_study(toml=STUDY, folder=tmp_path / "whole")
    put(whole, files)
    load(whole)
    study = make_study(toml=STUDY, folder=tmp_path / "killed")
    put(study, files)
    script = KILLED.format(
        here=str(Path(ingest.__file__).parents[2]),
        config=str(study.home / "detente.toml"),
        arm=_arm(*ARMS[name]),
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, timeout=120, check=False
    )
    if ARMS[name][0] != "timer":
        assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    # Whatever is there now is whole: each listed part can be read and no file is half accounted.
    found = content(study)
    n_kept = sum(len(found[kind]) for kind in KINDS)
    assert n_kept == sum(row[2] + row[3] for row in found["files"])
    load(study)
    Store(study.events).clean()
    assert content(study) == content(whole)
    listed = Store(study.events).manifest().paths | {manifest.NAME}
    on_disk = {
        one.relative_to(study.events).as_posix() for one in study.events.rglob("*") if one.is_file()
    }
    assert on_disk == listed, "nothing is left over"


def test_two_at_once_one_waits_and_nothing_counts_twice(
    make_study: MakeStudy, sample: bytes
) -> None:
    study = make_study(toml=STUDY)
    put(study, grown(sample, 6, 150))
    script = KILLED.format(
        here=str(Path(ingest.__file__).parents[2]), config=str(study.home / "detente.toml"), arm=""
    ).replace("processed, 10", "processed, 60")
    both = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) for _ in range(2)
    ]
    assert [one.wait(120) for one in both] == [0, 0]
    for one in both:
        assert one.stdout
        one.stdout.close()
    found = content(study)
    assert sum(len(found[kind]) for kind in KINDS) == 900


def test_ctrl_c_leaves_a_state_from_which_the_next_run_goes_on(
    make_study: MakeStudy, sample: bytes
) -> None:
    study = make_study(toml=STUDY)
    put(study, grown(sample, 40, 150))
    script = KILLED.format(
        here=str(Path(ingest.__file__).parents[2]),
        config=str(study.home / "detente.toml"),
        arm="import detente.store.batches; detente.store.batches.BATCH_BYTES = 1 << 16",
    )
    process = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not (study.events / manifest.NAME).exists() and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) != 0
    n_before = len(content(study)["files"])
    assert 0 < n_before < 40
    assert load(study) == 40 - n_before
    assert sum(row[1] for row in content(study)["files"]) == 6000


def test_many_small_parts_are_merged_and_nothing_changes(
    make_study: MakeStudy, sample: bytes
) -> None:
    study = make_study(toml=STUDY)
    files = grown(sample, 24, 50)
    for name, one in files.items():
        put(study, {name: one})
        load(study)
    store = Store(study.events)
    before = content(study)
    n_before = len(store.manifest().parts)
    source = sources.named(study, "gdelt2")
    with publish.only_writer(study.processed), Warehouse() as warehouse:
        ingest.loader_of(study, source, warehouse).compact()
    after = store.manifest()
    assert n_before >= 45
    assert len(after.parts) < 20
    assert len([one for one in after.logs if one.kind == "file"]) < 2 * ledger.MERGE_AT
    assert content(study) == before
    # What was merged stays for those who read yesterday's database.
    assert all((study.events / path).exists() for path in after.retired)


def test_a_published_database_keeps_its_parts_while_the_store_moves_on(
    make_study: MakeStudy, sample: bytes
) -> None:
    toml = (
        STUDY + '[sources.gdelt2]\nenabled = true\nstart = 2019-10-10\nbase_url = "file:///none/"\n'
    )
    study = make_study(toml=toml)
    files = grown(sample, 9, 60)
    for name in sorted(files)[:8]:
        put(study, {name: files[name]})
        load(study)
    pipeline.refresh(study, request=Request(offline=True))
    needed = published_state.parts(study.processed)
    assert needed
    old = Store(study.events).manifest()
    # As if a day had passed since they were retired.
    gone = dict.fromkeys(needed, "2000-01-01T00:00:00+00:00")
    manifest.write(study.events, Manifest(old.sequence, (), old.logs, old.recipes, gone))
    Store(study.events).clean(needed)
    assert all((study.events / path).exists() for path in needed)
    Store(study.events).clean()
    assert not any((study.events / path).exists() for path in needed)


def test_a_damaged_list_of_the_store_says_what_to_do(make_study: MakeStudy) -> None:
    study = make_study(toml=STUDY)
    study.events.mkdir(parents=True)
    (study.events / manifest.NAME).write_text("{", encoding="utf-8")
    with pytest.raises(StoreError, match="`detente rebuild` loads it again"):
        Store(study.events).manifest()


def test_a_file_larger_than_a_batch_is_committed_whole(
    make_study: MakeStudy, sample: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("detente.store.reading.PIECE_BYTES", 1 << 16)
    study = make_study(toml=STUDY)
    ((name, packed),) = grown(sample, 1, 3000).items()
    put(study, {name: packed})
    assert load(study, 1 << 17) == 1
    found = content(study)
    assert sum(len(found[kind]) for kind in KINDS) == 3000
    assert Store(study.events).manifest().sequence == 1
    # The same file with a damaged end brings none of its beginning.
    other = make_study(toml=STUDY, folder=study.home.parent / "other")
    spoilt = bytearray(packed)
    middle = len(spoilt) - 20_000
    spoilt[middle : middle + 50] = os.urandom(50)
    put(other, {name: bytes(spoilt)})
    assert load(other, 1 << 17) == 1
    found = content(other)
    assert found["event"] == found["other"] == []
    assert found["files"][0][-1] == "unreadable"


@pytest.mark.parametrize("rows", [(30, 18), (33, 19), (35, 15), (37, 19), (25, 12, 18)])
def test_of_a_file_with_a_damaged_end_nothing_is_left_in_the_batch_before(
    make_study: MakeStudy, sample: bytes, monkeypatch: pytest.MonkeyPatch, rows: tuple[int, ...]
) -> None:
    monkeypatch.setattr("detente.store.reading.PIECE_BYTES", 2000)
    monkeypatch.setattr("detente.sources.archive.SMALL", 100)
    files = dict.fromkeys(grown(sample, len(rows), 1))
    for index, name in enumerate(files):
        files[name] = grown(sample, index + 1, rows[index])[name]
    with zipfile.ZipFile(io.BytesIO(files[name])) as packed:
        right = packed.infolist()[0].CRC
    files[name] = files[name].replace(
        right.to_bytes(4, "little"), (right ^ 1).to_bytes(4, "little")
    )
    study = make_study(toml=STUDY)
    put(study, files)
    assert load(study, 1 << 14) == len(rows)
    found = content(study)
    *good, spoilt = found["files"]
    assert (set(spoilt[1:-1]), spoilt[-1]) == ({0}, "unreadable")
    assert [row[1] for row in good] == list(rows[:-1])
    for column, kind in ((2, "event"), (3, "other")):
        assert sum(row[column] for row in good) == len(found[kind])


def test_a_disk_that_fails_in_the_middle_of_a_file_ends_the_load(
    make_study: MakeStudy, sample: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("detente.store.reading.PIECE_BYTES", 2000)
    study = make_study(toml=STUDY)
    files = grown(sample, 2, 60)
    put(study, files)
    real, last = archive.bounded, sorted(files)[-1]
    opened = []

    def failing(stream: IO[bytes], size: int, path: Path) -> Iterator[bytes]:
        opened.append(path.name)
        for number, piece in enumerate(real(stream, size, path)):
            if opened.count(last) == 1 and path.name == last and number == 9:
                raise RawFileError("the disk failed")
            yield piece

    monkeypatch.setattr(archive, "may_exceed", lambda path, size: False)
    monkeypatch.setattr(archive, "is_packed", lambda path: False)
    monkeypatch.setattr(archive, "bounded", failing)
    with pytest.raises(RawFileError, match="the disk failed"):
        load(study, 1 << 14)
    assert [row[0] for row in content(study)["files"]] in ([], [f"gdelt2/{sorted(files)[0]}"])
    assert load(study, 1 << 14) >= 1
    assert [row[1] for row in content(study)["files"]] == [60, 60]


def test_a_night_reads_no_part_of_history(
    make_study: MakeStudy, sample: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study(toml=STUDY)
    files = grown(sample, 12, 50)
    names = sorted(files)
    put(study, {name: files[name] for name in names[:11]})
    load(study, 1 << 15)
    met = []
    real = Settling._collect_rows
    monkeypatch.setattr(
        Settling,
        "_collect_rows",
        lambda self, part, asked: (met.append(part), real(self, part, asked)),
    )
    put(study, {names[11]: files[names[11]]})
    assert load(study) == 1
    assert met == []


def test_parts_are_listed_with_the_range_of_their_numbers(
    make_study: MakeStudy, sample: bytes
) -> None:
    study = make_study(toml=STUDY)
    put(study, grown(sample, 4, 100))
    load(study, 1 << 16)
    store = Store(study.events)
    listed = json.loads((study.events / manifest.NAME).read_text())
    assert listed["sequence"] == store.manifest().sequence
    batches: dict[tuple[str, str], list[str]] = {}
    with Warehouse() as warehouse:
        for part in store.manifest().parts:
            assert isinstance(part, Part)
            n, low, high = warehouse.rows(
                f"select count(*), min(event_id), max(event_id) from {read_parquet([study.events / part.path])}"
            )[0]
            assert part.n_rows == n
            bounds = part.min_key.lstrip("0"), part.max_key.lstrip("0")
            batches.setdefault(bounds, []).extend((low, high))
    # The parts of one batch share its range, which is no wider than it must be.
    assert len(batches) > 1
    assert all((min(keys), max(keys)) == bounds for bounds, keys in batches.items())


def test_of_a_text_that_two_threads_parse_each_row_keeps_its_line(make_study: MakeStudy) -> None:
    """Rows and files are matched by their order, in halves of row groups and in one piece alike."""
    values = {
        "SQLDATE": "20191024", "EventCode": "042", "DATEADDED": "20191024000000",
        "Actor1CountryCode": "JPN", "Actor2CountryCode": "KOR",
    }  # fmt: skip
    rest = gdelt2.row(values)
    study = make_study(toml=STUDY)
    files, number = {}, 0
    for index, n_rows in enumerate((100, 290_000, 5_000)):
        name = f"201910240{index}0000.export.CSV"
        numbers = range(number + 1, number + 1 + n_rows)
        files[f"{name}.zip"] = zipped(name, "".join(f"{n}{rest}\n" for n in numbers).encode())
        number += n_rows
    put(study, files)
    assert load(study, 1 << 28) == 3
    with Warehouse() as warehouse:
        events = Store(study.events).relation("event")
        assert warehouse.rows(
            "select raw_file_id, count(*), min(event_id::bigint - raw_row), "
            f"max(event_id::bigint - raw_row) from {events} group by all order by all"
        ) == [
            ("gdelt2/20191024000000.export.CSV.zip", 100, 0, 0),
            ("gdelt2/20191024010000.export.CSV.zip", 290_000, 100, 100),
            ("gdelt2/20191024020000.export.CSV.zip", 5_000, 290_100, 290_100),
        ]


def test_lines_are_counted_from_the_bytes() -> None:
    assert lines.count_rows(b"a\nb\n", 1) == 2
    assert lines.count_rows(b"a\nb", 1) == 2
    assert lines.count_rows(b"", 1) == 0
    assert lines.count_rows(b"\na\n\n\r\nb\n", 1) == 2
    # The mark is nothing where the file begins, and bytes like any other further down.
    assert [lines.count_rows(lines.MARK, first) for first in (1, 2)] == [0, 1]
    assert quoted.count_breaks([b'a,"b\n', b'c"\r\nd\n', b"e\rf"]) == 5


def test_the_settings_of_sources_are_checked(make_study: MakeStudy) -> None:
    with pytest.raises(SettingsError, match="start = YYYY-MM-DD"):
        make_study(toml=STUDY + "[sources.gdelt2]\nenabled = true\n")
    with pytest.raises(SettingsError, match=r"unknown key `sources\.gdelt2\.begin`"):
        make_study(toml=STUDY + "[sources.gdelt2]\nbegin = 2019-01-01\n")


def test_what_a_reader_opens_of_the_ledger_grows_with_the_logarithm_of_the_commits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_commits, a_commit = 80, 5
    (tmp_path / "tmp").mkdir()
    store = Store(tmp_path)
    with Warehouse() as warehouse:
        writer = PartWriter(LocalFiles(tmp_path), warehouse)
        most = 0
        for commit in range(n_commits):
            before = store.manifest()
            names = [f"gdelt2/{commit * a_commit + place}" for place in range(a_commit)]
            # The first file changes with every commit; the others are new.
            states = [
                {"raw_file_id": name, "source": "gdelt2", "sequence": commit + 1, "n_rows": commit}
                for name in ["gdelt2/first", *names]
            ]
            new = writer.log(
                "file", [tuple(one.get(name) for name in FILE_COLUMNS) for one in states]
            )
            logs = ledger.merged(writer, (*before.logs, *new), ["file"])
            manifest.write(tmp_path, before.next_version(logs=logs))
            most = max(most, len(logs))
        assert most < ledger.MERGE_AT * math.log(n_commits, 4)
        found = store.files(warehouse, ["gdelt2/first", "gdelt2/0", "gdelt2/399"])
        assert {name: row["n_rows"] for name, row in found.items()} == {
            "gdelt2/first": n_commits - 1, "gdelt2/0": 0, "gdelt2/399": n_commits - 1,
        }  # fmt: skip
        asked = ["raw_file_id", "n_rows"]
        every = dict(store.states(warehouse, asked, source="gdelt2"))
        assert len(every) == 1 + n_commits * a_commit
        assert every["gdelt2/first"] == n_commits - 1
        # Of more files than one query takes, each is told once and with its latest row.
        monkeypatch.setattr(events, "_TOLD_AT_ONCE", 50)
        in_parts = [*store.states(warehouse, asked, source="gdelt2")]
        assert len(in_parts) == len(every) and dict(in_parts) == every


def test_a_load_of_new_files_never_asks_the_ledger_what_it_has_of_them(
    make_study: MakeStudy, sample: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    real = Store.files

    def counted(self: Store, *given: Any, **named: Any) -> dict[str, dict[str, Any]]:
        asked.append(given)
        return real(self, *given, **named)

    monkeypatch.setattr(Store, "files", counted)
    study, files = make_study(STUDY), grown(sample, 6, 40)
    names = sorted(files)
    for chosen in (names[:3], names[3:]):
        put(study, {name: files[name] for name in chosen})
        assert load(study, 1 << 14) == 3
    assert asked == []


@pytest.mark.parametrize("n_damaged", [0, 1])
def test_only_what_could_not_be_read_is_an_attempt_that_failed(
    make_study: MakeStudy, sample: bytes, n_damaged: int
) -> None:
    study = make_study(toml=STUDY)
    files = grown(sample, 2, 5)
    put(study, {**files, **dict.fromkeys(sorted(files)[:n_damaged], b"no archive")})
    load(study)
    tried = [one.n_rows for one in manifest.read(study.events).logs if one.kind == "tried"]
    assert sum(tried) == n_damaged
    assert len([one for one in content(study)["files"] if one[-1] == "loaded"]) == 2 - n_damaged
