"""Whatever comes, goes, is replaced, killed, rebuilt or filled in: the store is a clean load.

A state machine acts as provider, operator and power failure. After each refresh the events and the
account of every file are those that a few lines of Python find in the files on disk, and at the end
those that an empty store loads from them. `DETENTE_SEQUENCES=500` tries so many sequences.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run

from detente.database.builder import Warehouse
from detente.refresh import ingest, publish
from detente.settings import Settings
from detente.store import manifest
from detente.store.events import KINDS, LOADED, Store
from detente.store.parts import PartWriter
from detente.store.raw_file import OUTCOMES
from tests.support import gdelt2, studies
from tests.support.provider import md5, zipped
from tests.support.studies import NO_INFERENCE, study_table

SOURCE = "gdelt2"
NAMES = tuple(
    f"{year}{month:02}01234500.export.CSV.zip" for year in (2022, 2023) for month in (1, 5, 9)
)
STUDY = (
    study_table("2022-01-01", "JPN", "KOR")
    + NO_INFERENCE
    + '[sources.gdelt2]\nenabled = true\nstart = 2022-01-01\nbase_url = "{url}"\n'
    + "[sources.downloads]\nattempts = 1\nwait_seconds = 0\n"
)
# An event's number, what it is (a third kind is refused), and its wording.
Row = tuple[int, str, str]
ROWS = st.lists(
    st.tuples(
        st.integers(1, 6), st.sampled_from(["act", "act", "act", "outside", "bad"]),
        st.sampled_from(["010", "042", "190"]),
    ),
    max_size=5,
)  # fmt: skip


OUTCOME_OF_KIND = {"act": "n_loaded", "outside": "n_out_of_scope", "bad": "n_rejected"}


class Killed(BaseException):
    """The power failed."""


def text_of(rows: list[Row]) -> bytes:
    lines = []
    for number, kind, code in rows:
        other = "" if kind == "outside" else "KOR"  # nobody acted upon
        values = {
            "GLOBALEVENTID": str(number),
            "SQLDATE": "never" if kind == "bad" else f"202112{number:02}",
            "Actor1Code": "JPN", "Actor1CountryCode": "JPN",
            "Actor2Code": other, "Actor2CountryCode": other,
            "EventCode": code, "NumMentions": "1", "DATEADDED": "20220101000000",
        }  # fmt: skip
        lines.append(gdelt2.row(values))
    return "".join(f"{line}\n" for line in lines).encode()


class Store2022(RuleBasedStateMachine):
    """One study, its provider, and what the files on disk should come to."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="states-"))
        self.mirror = self.folder / "mirror"
        self.mirror.mkdir()
        self.contents: dict[bytes, list[Row]] = {}
        toml = STUDY.format(url=f"{self.mirror.as_uri()}/")
        self.study = studies.write_study(self.folder / "study", (), toml)

    def teardown(self) -> None:
        self.as_a_clean_load()
        shutil.rmtree(self.folder)

    def content(self, name: str, rows: list[Row]) -> bytes:
        made = zipped(name.removesuffix(".zip"), text_of(rows))
        self.contents[made] = rows
        return made

    def list_files(self) -> None:
        files = {path.name: path.read_bytes() for path in self.mirror.glob("*.zip")}
        for name in ("masterfilelist.txt", "lastupdate.txt"):
            (self.mirror / name).write_bytes(gdelt2.master_list(files))

    @initialize(rows=ROWS, other=ROWS)
    def two_files(self, rows: list[Row], other: list[Row]) -> None:
        self.arrives(NAMES[0], rows)
        self.arrives(NAMES[3], other)

    @rule(name=st.sampled_from(NAMES), rows=ROWS)
    def arrives(self, name: str, rows: list[Row]) -> None:
        (self.mirror / name).write_bytes(self.content(name, rows))
        self.list_files()

    @rule(name=st.sampled_from(NAMES))
    def is_withdrawn(self, name: str) -> None:
        (self.mirror / name).unlink(missing_ok=True)
        self.list_files()

    @rule(name=st.sampled_from(NAMES), rows=ROWS)
    def is_put_on_disk(self, name: str, rows: list[Row]) -> None:
        """Somebody copies a file into the folder of downloads that is not loaded yet."""
        path = self.study.downloads / SOURCE / name[:4] / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.content(name, rows))

    @rule()
    def refreshes(self) -> None:
        self.update()
        self.is_right()
        on_disk = {path.name: path.read_bytes() for path in self.downloads()}
        for path in self.mirror.glob("*.zip"):
            assert on_disk[path.name] == path.read_bytes(), "what the provider has is loaded"

    @rule()
    def refreshes_offline(self) -> None:
        self.update(offline=True)
        self.is_right()

    @rule(year=st.sampled_from([2022, 2023]))
    def fills_in(self, year: int) -> None:
        self.update(start=date(year, 1, 1), end=date(year, 12, 31))
        self.is_right()

    @precondition(lambda self: any(self.downloads()))
    @rule()
    def rebuilds(self) -> None:
        manifest.start_anew(self.study.events)
        self.update(offline=True)
        self.is_right()

    @rule(place=st.sampled_from(["part", "commit", "after the commit"]), count=st.integers(1, 3))
    def is_killed_and_goes_on(self, place: str, count: int) -> None:
        target, name = (PartWriter, "_keep") if place == "part" else (manifest, "write")
        real, calls = getattr(target, name), 0

        def dies(*arguments: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == count and not place.startswith("after"):
                raise Killed
            result = real(*arguments)
            if calls == count:
                raise Killed
            return result

        with mock.patch.object(target, name, dies), contextlib.suppress(Killed):
            self.update()
        self.refreshes()

    # -- what holds ------------------------------------------------------------------------------

    def downloads(self) -> list[Path]:
        return sorted((self.study.downloads / SOURCE).rglob("*.zip"))

    def update(self, **options: Any) -> None:
        # Batches of one file, so that every way of settling is taken.
        with (
            publish.only_writer(self.study.processed, 10),
            mock.patch("detente.store.batches.BATCH_FILES", 1),
        ):
            ingest.update(self.study, [SOURCE], **options)

    def is_right(self) -> None:
        assert Store(self.study.events).disagreeing() == []
        events, accounts = held(self.study)
        wanted, wanted_accounts = self.expected()
        assert events == wanted
        loaded = {name: row for name, row in accounts.items() if row["status"] in LOADED}
        assert {
            name: tuple(row[one] for one in OUTCOMES) for name, row in loaded.items()
        } == wanted_accounts
        on_disk = {f"{SOURCE}/{path.name}": md5(path.read_bytes()) for path in self.downloads()}
        assert {name: row["published_md5"] for name, row in loaded.items()} == on_disk

    def expected(self) -> tuple[dict[int, tuple[str, str, str]], dict[str, tuple[int, ...]]]:
        """Return events and accounts as the files on disk have them, worked out by hand."""
        first: dict[int, tuple[str, str, str]] = {}
        accounts = {}
        for path in self.downloads():
            name, count = f"{SOURCE}/{path.name}", dict.fromkeys(OUTCOMES, 0)
            for number, kind, code in self.contents[path.read_bytes()]:
                outcome = {"act": "n_loaded", "outside": "n_out_of_scope", "bad": "n_rejected"}[
                    kind
                ]
                if kind != "bad" and number in first:
                    outcome = "n_duplicate"
                elif kind != "bad":
                    first[number] = ("event" if kind == "act" else "other", code, name)
                count[outcome] += 1
            accounts[name] = tuple(count.values())
        return first, accounts

    def as_a_clean_load(self) -> None:
        clean = studies.write_study(self.folder / "clean", (), STUDY.format(url="file:///none/"))
        if not self.study.downloads.is_dir():
            return
        self.update()
        shutil.copytree(self.study.downloads, clean.downloads)
        with publish.only_writer(clean.processed, 10):
            ingest.update(clean, [SOURCE], offline=True)
        (events, accounts), (wanted, wanted_accounts) = held(self.study), held(clean)
        assert events == wanted
        keys = (*OUTCOMES, "n_rows", "status", "sha256", "published_md5")
        assert [[row[key] for key in keys] for _, row in sorted(accounts.items())] == [
            [row[key] for key in keys] for _, row in sorted(wanted_accounts.items())
        ]


def held(study: Settings) -> tuple[dict[int, tuple[str, str, str]], dict[str, dict[str, Any]]]:
    """Return what counts of each event in a store, and the accounts of its files."""
    store = Store(study.events)
    with Warehouse() as warehouse:
        rows = [
            (int(number), (kind, code, file))
            for kind in KINDS
            for number, code, file in warehouse.rows(
                f"select event_id, cameo_code::varchar, raw_file_id from {store.relation(kind)}"
            )
        ]
        accounts = store.files(warehouse)
    assert len(dict(rows)) == len(rows), "an event counts once"
    return dict(rows), accounts


@pytest.mark.full
def test_the_store_is_what_a_clean_load_of_the_files_on_disk_gives() -> None:
    n_sequences = int(os.environ.get("DETENTE_SEQUENCES", "5"))
    run(
        Store2022,
        settings=settings(
            max_examples=n_sequences, stateful_step_count=8,
            suppress_health_check=list(HealthCheck), derandomize=n_sequences < 100,
        ),
    )  # fmt: skip
    sys.stdout.write(f"{n_sequences} sequences, each equal to a clean load\n")
