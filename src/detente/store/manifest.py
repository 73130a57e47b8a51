"""The ledger of the event store: which parts hold events, which raw files they come from.

Everything in the store but the manifest is written once and never changed. A commit writes new
files beside the old ones and then puts a new manifest in the place of the old with one rename: a
process killed at any moment leaves either the state before or the state after. A file that no
manifest lists is garbage.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from isal import isal_zlib

from detente.base import clock, files
from detente.base.errors import NewerStore, StoreError

NAME = "manifest.json"
# Of the layout of the store. A version that changes it reads every earlier one from 1 on
# (tests/fixtures/store-1), or has it loaded again. Version 1 had no checksums, version 2
# kept no rows of events that another row had told.
VERSION = 3
# A reader that has yesterday's database open still reads the parts that it names.
KEPT_FOR = timedelta(days=1)
_CHUNK = 1 << 20


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

    def succeeded_by(self, **changes: object) -> Manifest:
        """Return the next manifest; what it no longer needs is noted with the time."""
        new = replace(self, sequence=self.sequence + 1, **changes)  # type: ignore[arg-type]
        now = clock.now().replace(tzinfo=UTC).isoformat()
        gone = dict.fromkeys(self.paths - new.paths, now)
        return replace(new, retired={**self.retired, **gone})


def read(folder: Path) -> Manifest:
    """Return the store's manifest; an empty one where there is no store.

    Raises
    ------
    NewerStore
        A newer version of detente wrote it.
    StoreError
        It is damaged.
    """
    path = folder / NAME
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
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
    except FileNotFoundError:
        return Manifest()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{path}: expected the list of the event store: {error}. `detente rebuild` loads it "
            "again from data/raw/downloads."
        ) from error


def write(folder: Path, manifest: Manifest) -> None:
    """Put a manifest in the place of the one before: the one commit point of the store."""
    content = {"version": VERSION, **vars(manifest)}
    text = json.dumps(content, separators=(",", ":"), default=vars)
    files.write(folder / NAME, text, is_durable=True)


def start_anew(folder: Path) -> None:
    """Commit an empty manifest, so that every file is loaded again.

    The parts stay where they are for a day, and as long as a published database reads them.

    Raises
    ------
    NewerStore
        A newer version of detente wrote the store.
    """
    try:
        before = read(folder)
    except NewerStore:
        raise
    except StoreError:
        before = Manifest()
    folder.mkdir(parents=True, exist_ok=True)
    write(folder, before.succeeded_by(parts=(), logs=(), recipes={}))


def checksum(path: Path) -> str:
    """Return the CRC-32 of a file as eight hexadecimal digits.

    It guards against a disk's errors, not against malice, and costs less than to read the file.
    """
    value = 0
    with path.open("rb") as stream:
        while piece := stream.read(_CHUNK):
            value = isal_zlib.crc32(piece, value)
    return f"{value:08x}"


def clean(folder: Path, manifest: Manifest, needed: set[str]) -> Manifest:
    """Delete what no manifest lists and what was retired a day ago; return the shorter manifest.

    Parameters
    ----------
    needed
        Paths, relative to the folder, that a published database still reads.
    """
    now = clock.now().replace(tzinfo=UTC)
    kept: dict[str, str] = {}
    for name, noted in manifest.retired.items():
        # A clock that was ahead must not keep a part until that time comes.
        since = min(datetime.fromisoformat(noted), now)
        if name in needed or now - since < KEPT_FOR:
            kept[name] = since.isoformat()
    wanted = manifest.paths | needed | set(kept)
    for path in folder.rglob("*"):
        if (
            path.is_file()
            and path.name != NAME
            and path.relative_to(folder).as_posix() not in wanted
        ):
            path.unlink()
    return replace(manifest, retired=kept)
