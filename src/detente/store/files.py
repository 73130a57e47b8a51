"""The files of the event store, wherever they lie: what the store needs of the place.

Parts and logs have names of their own, are written once and never changed. The list of them (the
manifest) is the one file that is replaced, and to replace it is the one commit point.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from detente.base import files
from detente.database.builder import Warehouse
from detente.settings import Settings

LIST = "manifest.json"
# What DuckDB reads: a path, or the address of an object.
Address = Path | str


class Files(Protocol):
    """A place for the files of a store; names are relative to it, with slashes."""

    @property
    def folder(self) -> Path:
        """On the local disk, for what is under way (its subfolder `tmp`)."""
        ...

    @property
    def root(self) -> str:
        """Where the files lie: an absolute path, or an address."""
        ...

    @property
    def kept_for(self) -> timedelta:
        """How long a file that is needed no longer stays for readers of an older database."""
        ...

    @property
    def is_shared(self) -> bool:
        """Whether other machines may write to the store."""
        ...

    @property
    def around(self) -> tuple[str, str]:
        """The folder around the store and the store's name in it, as databases name its parts."""
        ...

    def address(self, name: str) -> Address:
        """Return what DuckDB reads."""
        ...

    def show_to(self, warehouse: Warehouse) -> None:
        """Let a database read the files."""
        ...

    def take_over(self) -> None:
        """Take the list as it is now, other machines' commits included, for all that follows."""
        ...

    def is_current(self) -> bool:
        """Say whether the list is still the one that was taken over."""
        ...

    def listed(self) -> str | None:
        """Return the text of the list as it was taken over or committed; None if there is none.

        Raises
        ------
        OSError, ValueError
            It is there and cannot be read.
        """
        ...

    def commit(self, text: str) -> None:
        """Put a list in the place of the one that `listed` returns, durably and in one step.

        Raises
        ------
        CommitConflict
            Another machine has put a list there meanwhile; nothing was changed.
        """
        ...

    def keep(self, temporary: Path, name: str) -> None:
        """Give a file of the local disk its name in the store, durably; it leaves the folder."""
        ...

    def has(self, name: str) -> bool:
        """Say whether there is a file of this name."""
        ...

    def checksum(self, name: str) -> str:
        """Return the CRC-32 of a file as eight hexadecimal digits."""
        ...

    def sizes(self) -> dict[str, int]:
        """Return the number of bytes of every file that is there."""
        ...

    def settled(self) -> Iterator[str]:
        """Yield the names of the files that no writer can be about to list."""
        ...

    def remove(self, names: list[str]) -> None:
        """Delete files; the list is none of them."""
        ...


class LocalFiles:
    """A folder of the local disk. Its one writer holds the lock on the build."""

    kept_for = timedelta(days=1)
    is_shared = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def root(self) -> str:
        """The folder's absolute path."""
        return str(self.folder.resolve())

    @property
    def around(self) -> tuple[str, str]:
        """The folder around the store, absolute, and the store's name in it."""
        return str(self.folder.parent.resolve()), self.folder.name

    def address(self, name: str) -> Path:
        """Return the absolute path of a file."""
        return (self.folder / name).resolve()

    def show_to(self, warehouse: Warehouse) -> None:
        """Do nothing: DuckDB reads local files."""

    def take_over(self) -> None:
        """Do nothing: the list is read where it lies."""

    def is_current(self) -> bool:
        """Say so: nobody else writes."""
        return True

    def listed(self) -> str | None:
        """Return the text of the last commit; None before the first."""
        try:
            return (self.folder / LIST).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def commit(self, text: str) -> None:
        """Put a list in the place of the one before with one rename."""
        files.write(self.folder / LIST, text, is_durable=True)

    def keep(self, temporary: Path, name: str) -> None:
        """Rename a file once it is on disk."""
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        files.move(temporary, target)

    def has(self, name: str) -> bool:
        """Say whether there is a file of this name."""
        return (self.folder / name).is_file()

    def checksum(self, name: str) -> str:
        """Return the CRC-32 of a file."""
        return files.crc32(self.folder / name)

    def sizes(self) -> dict[str, int]:
        """Return the number of bytes of every file."""
        return {
            path.relative_to(self.folder).as_posix(): path.stat().st_size
            for path in self.folder.rglob("*")
            if path.is_file()
        }

    def settled(self) -> Iterator[str]:
        """Yield the name of every file: whoever asks holds the lock."""
        yield from self.sizes()

    def remove(self, names: list[str]) -> None:
        """Delete files by name; those that are gone already are passed over."""
        for name in names:
            (self.folder / name).unlink(missing_ok=True)


def files_of(place: Files | Path | Settings) -> Files:
    """Return the files of a local folder, or of the store that settings name."""
    if isinstance(place, Path):
        return LocalFiles(place)
    if not isinstance(place, Settings):
        return place
    if not place.store.is_remote:
        return LocalFiles(place.events)
    from detente.store.objects import ObjectFiles  # loads s3fs, which a base installation lacks

    return ObjectFiles(
        place.store.url, place.events, kept_for=timedelta(days=place.store.keep_days)
    )
