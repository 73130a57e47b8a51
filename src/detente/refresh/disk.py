"""What has become, on disk, of the files that are loaded: gone, changed, or only touched.

The ledger keeps each file's size, the moment of its last change and its checksum. A look compares
the first two and reads only the files in which they differ. Files that turn out to be the same are
remembered by a mark, on this machine alone, so that the next look does not read them again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from detente import sources
from detente.base import files
from detente.database.builder import Warehouse
from detente.refresh.downloaded import Downloaded
from detente.settings import Settings
from detente.sources import snapshot
from detente.store.events import LOADED, Store

# What a look has to know of each file in the ledger.
COLUMNS = ("bytes", "modified_ns", "loaded_at")
# Where a file lies in a mirror folder, and the MD5 that its list says.
Origin = Callable[[str], tuple[Path, str | None] | None]
NAMED = 3
GONE, CHANGED, RENEWED, TOUCHED, EDITED, CONTRADICTED = (
    "gone", "changed", "renewed", "touched", "edited", "contradicted",
)  # fmt: skip


@dataclass(frozen=True)
class Look:
    """What has become of a source's loaded files.

    Attributes
    ----------
    n_loaded
        All that are loaded.
    names
        Of those that differ, by the kind of difference: 'gone' (no longer on disk), 'changed'
        (other bytes), 'renewed' (other bytes in a mirror folder), 'touched' (another moment, the
        same bytes), 'edited' (a kept version whose name says what its content was: it is not loaded
        again) and 'contradicted' (other bytes in a mirror folder than its own list says).
    has_folder
        Whether the source's folder of downloads is there.
    is_elsewhere
        Other machines load into the store: what is gone here may lie there.
    """

    source: str = ""
    folder: Path = Path()
    n_loaded: int = 0
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    has_folder: bool = True
    is_elsewhere: bool = False

    def of(self, kind: str) -> tuple[str, ...]:
        """Return the names of the files that differ in one way."""
        return self.names.get(kind, ())

    def without(self, acted: set[str]) -> Look:
        """Return the look without files that are gone and come back by what is to be done."""
        left = tuple(name for name in self.of(GONE) if name not in acted)
        if len(left) == len(self.of(GONE)):
            return self
        return replace(self, names={**self.names, GONE: left})

    @property
    def standing(self) -> tuple[str, ...]:
        """The kinds of differences that are there and that no refresh corrects."""
        return tuple(
            kind
            for kind in (GONE, EDITED, CONTRADICTED)
            if self.of(kind) and not (kind == GONE and self.is_elsewhere)
        )

    @property
    def is_away(self) -> bool:
        """Whether the whole folder is gone, as where a disk is not mounted."""
        return bool(self.of(GONE)) and not self.has_folder and not self.is_elsewhere

    def shown(self, kind: str) -> str:
        """Return the names of a few files that differ in one way."""
        names = self.of(kind)
        few = names if len(names) <= NAMED else (*names[: NAMED - 1], "...", names[-1])
        return ", ".join(few)

    def said(self, kind: str) -> tuple[str, str]:
        """Return what is said of one kind of difference, and what to do about it."""
        n, shown = len(self.of(kind)), self.shown(kind)
        they = f"{n:,} loaded file{'' if n == 1 else 's'}"
        if kind == GONE and self.is_elsewhere:
            return f"{they} lie on other machines ({shown})", ""
        if self.is_away and kind == GONE:
            return (
                f"none of the {self.n_loaded:,} loaded files is on disk: there is no folder "
                f"{self.folder}; their events stay",
                "mount the disk that holds it, or restore it from the backup of data/raw; if you "
                "removed the files on purpose, make the folder anew and leave it empty",
            )
        if kind == GONE:
            return (
                f"{they} no longer on disk; {'its' if n == 1 else 'their'} events stay ({shown})",
                "nothing, if you removed them to save space; `detente rebuild --without-missing` "
                "takes their events out, and the next `detente refresh` fetches those that the "
                "provider lists",
            )
        if kind == TOUCHED:
            return f"{they} with another moment of change and the same content ({shown})", ""
        if kind == CHANGED:
            return (
                f"{they} with other content than was loaded ({shown})",
                "`detente refresh` loads them as they are now, or fetches what the provider has; "
                "restore them from the backup first if they should be as they were",
            )
        if kind == EDITED:
            return (
                f"{they} no longer with the content that the name states; what was loaded stays "
                f"({shown})",
                "restore the version from the backup, or remove it and run `detente refresh`; a "
                "changed table comes in as a file of its own name",
            )
        return (
            f"{they} of the mirror with other content than its list says; what was loaded stays "
            f"({shown})",
            "correct the file, or its line in the list beside it",
        )


def marks_of(settings: Settings, source: str) -> Path:
    """Return where the marks of files that were read and found the same are kept."""
    return settings.processed / f".same-{source}.txt"


def _mark(path: Path, size: int, modified_ns: int, sha256: str) -> bytes:
    text = f"{files.shown(path)}\t{size}\t{modified_ns}\t{sha256}"
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def _marks(path: Path) -> set[bytes]:
    try:
        lines = path.read_text(encoding="ascii").split()
        return {bytes.fromhex(line) for line in lines}
    except (OSError, ValueError):
        return set()


@dataclass(frozen=True)
class _Suspect:
    name: str
    path: Path
    size: int
    modified_ns: int
    is_mirror: bool


class Looking:
    """A look under way: is shown every file of a source that is loaded.

    Parameters
    ----------
    downloaded
        The files in the source's folder of downloads, by name.
    origin
        Returns where a file lies in a mirror folder, and the MD5 that the list there says.
    """

    def __init__(
        self,
        settings: Settings,
        source: str,
        downloaded: Mapping[str, Path],
        origin: Origin = lambda _: None,
    ) -> None:
        self._settings, self._source = settings, source
        self._downloaded, self._origin = downloaded, origin
        self._n_loaded = 0
        self._absent: list[str] = []
        self._suspects: list[_Suspect] = []

    def see(
        self, name: str, size: int | None, modified_ns: int | None, loaded_at: datetime | None
    ) -> bool:
        """Compare a file that is loaded with what lies on disk, without reading it.

        Returns
        -------
        bool
            Whether it seems to differ; only `done` reads it.
        """
        n_before = len(self._suspects)
        self._n_loaded += 1
        path = self._downloaded.get(name)
        if path is None:
            self._absent.append(name)
        else:
            self._compare(name, path, size, modified_ns, loaded_at)
        if origin := self._origin(name):
            self._compare(name, origin[0], size, modified_ns, loaded_at, is_mirror=True)
        return len(self._suspects) > n_before

    def is_as_tried(
        self, name: str, size: int | None, modified_ns: int | None, loaded_at: datetime | None
    ) -> bool:
        """Say whether a file that could not be loaded lies on disk as it was then."""
        path = self._downloaded.get(name)
        try:
            return path is not None and _is_as_recorded(path.stat(), size, modified_ns, loaded_at)
        except OSError:
            return False

    def _compare(
        self, name: str, path: Path, size: int | None, modified_ns: int | None,
        loaded_at: datetime | None, *, is_mirror: bool = False,
    ) -> None:  # fmt: skip
        try:
            now = os.stat(path)  # noqa: PTH116  # a tenth faster, of half a million files
        except OSError:
            if not is_mirror:
                self._absent.append(name)
            return
        if _is_as_recorded(now, size, modified_ns, loaded_at):
            return
        self._suspects.append(_Suspect(name, path, now.st_size, now.st_mtime_ns, is_mirror))

    def done(self, warehouse: Warehouse, *, reading: bool = True) -> tuple[Look, set[bytes]]:
        """Read the files that differ; return what became of all, and the marks to be kept."""
        store = Store(self._settings)
        kinds: dict[str, list[str]] = {GONE: self._absent}
        marks: set[bytes] = set()
        if self._suspects and reading:
            # One that is not in sight now, as the mirror of a refresh without a network, is later.
            marks = _marks(marks_of(self._settings, self._source))
            ids = [f"{self._source}/{one.name}" for one in self._suspects]
            loaded = {
                raw_file_id.split("/", 1)[1]: sha256
                for raw_file_id, sha256 in store.states(
                    warehouse, ["raw_file_id", "sha256"], ids=ids
                )
            }
            for one in self._suspects:
                mark = _mark(one.path, one.size, one.modified_ns, loaded[one.name])
                if mark in marks:
                    continue
                kind = self._kind(one, loaded[one.name])
                kinds.setdefault(kind, []).append(one.name)
                if kind == TOUCHED:
                    marks.add(mark)
        # A touched copy of a touched file of a mirror is one file.
        names = {kind: tuple(sorted(set(found))) for kind, found in kinds.items() if found}
        folder = self._settings.downloads / self._source
        look = Look(
            self._source, folder, self._n_loaded, names, folder.is_dir(), store.place.is_shared
        )
        return look, marks

    def _kind(self, one: _Suspect, sha256: str) -> str:
        """Read a file and say how it differs.

        One that cannot be read counts as changed: the attempt to load it says why.
        """
        try:
            if files.digest(one.path) == sha256:
                return TOUCHED
            _, listed = (one.is_mirror and self._origin(one.name)) or (None, None)
            if listed and listed.lower() != files.digest(one.path, "md5"):
                return CONTRADICTED
        except OSError:
            pass
        if one.is_mirror:
            return RENEWED
        return EDITED if snapshot.is_version(one.name) else CHANGED


def _is_as_recorded(
    now: os.stat_result, size: int | None, modified_ns: int | None, loaded_at: datetime | None
) -> bool:
    """Say whether a file has the size and the moment of change that the ledger has of it."""
    if size is None or now.st_size != size:
        return False
    if modified_ns is not None:
        return now.st_mtime_ns == modified_ns
    # Earlier versions kept no moment: what has not changed since it was loaded is the same.
    return loaded_at is not None and now.st_mtime <= loaded_at.replace(tzinfo=UTC).timestamp() + 1


def remember(settings: Settings, source: str, marks: set[bytes]) -> None:
    """Keep the marks of the files that were read and found the same, for the next look."""
    if marks:
        lines = sorted(one.hex() for one in marks)
        files.write(marks_of(settings, source), "".join(f"{line}\n" for line in lines))


def looks(
    settings: Settings, leaving_out: Collection[str] = (), *, reading: bool = True
) -> Iterator[Look]:
    """Yield what became of the loaded files of each source in the store. Nothing is written.

    Parameters
    ----------
    reading
        Read the files that seem to differ; else only those that are gone are told.
    """
    store = Store(settings)
    if not store.exists():
        return
    known = sources.known(settings)
    with Warehouse() as warehouse:
        for source in sorted(store.manifest().recipes):
            if source in leaving_out:
                continue
            downloaded = Downloaded.of(settings.downloads, source, known.get(source))
            looking = Looking(settings, source, downloaded)
            columns = ("raw_file_id", *COLUMNS)
            for raw_file_id, *told in store.states(
                warehouse, columns, source=source, status=LOADED
            ):
                looking.see(raw_file_id.split("/", 1)[1], *told)
            yield looking.done(warehouse, reading=reading)[0]
