"""The ledger of the event store: which parts hold events, which raw files they come from.

Everything in the store but the manifest is written once and never changed. A commit writes new
files beside the old ones and then puts a new manifest in the place of the old in one step: a
process killed at any moment leaves either the state before or the state after. A file that no
manifest lists is garbage.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from detente.base import clock
from detente.base.errors import NewerStore, StoreError
from detente.store.files import LIST, Files, files_of

NAME = LIST
# Of the layout of the store. A version that changes it reads every earlier one from 1 on
# (tests/fixtures/store-1), or has it loaded again. Version 1 had no checksums, version 2
# kept no rows of events that another row had told.
VERSION = 3


@dataclass(frozen=True)
class Part:
    """A Parquet file of events; keys are event ids padded so that they sort like numbers.

    No key lies outside `min_key` and `max_key`, which are those of all rows that were parsed with
    its own, whichever part they went to. `checksum` is the file's CRC-32; empty where version 1 of
    the store wrote it.
    """

    path: str
    source: str
    kind: str
    n_rows: int
    min_key: str
    max_key: str
    bytes: int
    checksum: str = ""


@dataclass(frozen=True)
class Log:
    """A Parquet file of the ledger: states of raw files ('file') or refused rows ('rejected')."""

    path: str
    kind: str
    n_rows: int
    checksum: str = ""


@dataclass(frozen=True)
class Manifest:
    """What the store holds."""

    sequence: int = 0
    parts: tuple[Part, ...] = ()
    logs: tuple[Log, ...] = ()
    recipes: dict[str, str] = field(default_factory=dict)
    retired: dict[str, str] = field(default_factory=dict)

    @property
    def files(self) -> tuple[Part | Log, ...]:
        """Every file that the manifest needs."""
        return (*self.parts, *self.logs)

    @property
    def paths(self) -> set[str]:
        """Their paths, relative to the store's folder."""
        return {one.path for one in self.files}

    def parts_of(self, source: str, kind: str) -> list[Part]:
        """Return a source's parts of one kind."""
        return [one for one in self.parts if (one.source, one.kind) == (source, kind)]

    def next_version(self, **changes: object) -> Manifest:
        """Return the next manifest; what it no longer needs is noted with the time."""
        new = replace(self, sequence=self.sequence + 1, **changes)  # type: ignore[arg-type]
        now = clock.now().replace(tzinfo=UTC).isoformat()
        gone = dict.fromkeys(self.paths - new.paths, now)
        return replace(new, retired={**self.retired, **gone})


def read(place: Files | Path) -> Manifest:
    """Return the store's manifest; an empty one where there is no store.

    Raises
    ------
    NewerStore
        A newer version of detente wrote it.
    StoreError
        It is damaged.
    """
    kept = files_of(place)
    path = kept.address(NAME)
    try:
        text = kept.listed()
        if text is None:
            return Manifest()
        content = json.loads(text)
        version = int(content["version"])
        if version > VERSION:
            raise NewerStore(
                f"{path}: expected an event store of version {VERSION} or older, got {version}: a "
                "newer detente wrote it. Install that version again; nothing was changed."
            )
        if version < 1:
            raise ValueError(f"there is no version {version}")
        return Manifest(
            sequence=content["sequence"],
            parts=tuple(Part(**one) for one in content["parts"]),
            logs=tuple(Log(**one) for one in content["logs"]),
            recipes=content["recipes"],
            retired=content["retired"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{path}: expected the list of the event store: {error}. `detente rebuild` loads it "
            "again from data/raw/downloads."
        ) from error


def write(place: Files | Path, manifest: Manifest) -> None:
    """Put a manifest in the place of the one before: the one commit point of the store.

    Raises
    ------
    StoreError
        Another machine has put one there meanwhile; nothing was changed.
    """
    content = {"version": VERSION, **vars(manifest)}
    text = json.dumps(content, separators=(",", ":"), default=vars)
    files_of(place).commit(text)


def start_anew(place: Files) -> None:
    """Commit an empty manifest, so that every file is loaded again.

    The parts stay where they are for a while, and as long as a published database reads them.

    Raises
    ------
    NewerStore
        A newer version of detente wrote the store.
    """
    try:
        before = read(place)
    except NewerStore:
        raise
    except StoreError:
        before = Manifest()
    write(place, before.next_version(parts=(), logs=(), recipes={}))


def clean(place: Files, manifest: Manifest, needed: set[str]) -> Manifest:
    """Delete what no manifest lists and what was retired long ago; return the shorter manifest.

    Parameters
    ----------
    needed
        Names of files that a published database of this machine still reads.
    """
    now = clock.now().replace(tzinfo=UTC)
    kept: dict[str, str] = {}
    for name, noted in manifest.retired.items():
        # A clock that was ahead must not keep a part until that time comes.
        since = min(datetime.fromisoformat(noted), now)
        if name in needed or now - since < place.kept_for:
            kept[name] = since.isoformat()
    wanted = {NAME} | manifest.paths | needed | set(kept)
    place.remove([name for name in place.settled() if name not in wanted])
    return replace(manifest, retired=kept)
