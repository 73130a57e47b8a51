"""The files in a source's folder of downloads: which are read, and why others are not."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path

from detente import sources
from detente.base import files
from detente.settings import Settings
from detente.sources import copies, snapshot
from detente.sources.base import Remote, Source, unrecognised
from detente.sources.fetch import PART


def place_of(downloads: Path, source: Source, remote: Remote) -> Path:
    """Return where a fetched file is put."""
    folder = downloads / source.name
    year = folder if remote.is_snapshot else folder / f"{remote.first_day:%Y}"
    return year / remote.name


class Downloaded(Mapping[str, Path]):
    """The files in a source's folder of downloads by name.

    A file is known by its name. One whose name is no text has a name that no source recognises, so
    that it is reported. Of half a million files only the name is kept, and once each folder.

    Parameters
    ----------
    folder
        That of the source.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._folders: dict[str, Path] = {}
        self._shared: dict[Path, Path] = {}
        self._odd: dict[str, Path] = {}
        # What is no file, and files that have the name of one that is read.
        self._others: list[Path] = []
        self._twice: list[Path] = []
        self._unfinished: list[Path] = []

    @classmethod
    def of(cls, downloads: Path, name: str, source: Source | None) -> Downloaded:
        """Look into a source's folder.

        Of several files of one name the one in the folder of its own year is read, else the first.

        Parameters
        ----------
        source
            None for one that the settings no longer know.
        """
        found = cls(downloads / name)
        for path in found._below():
            if path.name not in found._folders:
                found._take(path)
            elif (
                source
                and (remote := source.recognise(path.name))
                and path == place_of(downloads, source, remote)
            ):
                found._twice.append(found[path.name])
                found._take(path)
            else:
                found._twice.append(path)
        return found

    def _below(self) -> Iterator[Path]:
        """Yield the files that may be read."""
        for path in files.below(self.folder, others=self._others):
            if path.name.startswith("."):
                continue
            if path.suffix == PART:
                self._unfinished.append(path)
                continue
            place = path.relative_to(self.folder)
            if files.has_plain_name(place):
                yield path
            else:
                self._odd[files.shown(place)] = path

    def _take(self, path: Path) -> None:
        self._folders[path.name] = self._shared.setdefault(path.parent, path.parent)

    def __getitem__(self, name: str) -> Path:
        folder = self._folders.get(name)
        return folder / name if folder is not None else self._odd[name]

    def __iter__(self) -> Iterator[str]:
        yield from self._folders
        yield from self._odd

    def __len__(self) -> int:
        return len(self._folders) + len(self._odd)

    def recognised(
        self, source: Source, listed: Container[str] = ()
    ) -> tuple[list[Remote], list[str]]:
        """Return the source's files but for those listed, and the names that it does not know.

        A copy with the bytes of a file that is there is not read again.
        Of the versions of a snapshot only the newest counts.
        """
        found, unknown = [], []
        for name in self:
            if name in listed:
                continue
            one = source.recognise(name)
            if one and not copies.is_copy(name, self.get):
                found.append(one)
            else:
                unknown.append(name)
        newest = {_series(one): one for one in sorted(found, key=_moment) if one.is_snapshot}
        return [one for one in found if not one.is_snapshot or newest[_series(one)] == one], unknown

    def before(self, source: Source, remote: Remote) -> list[Remote]:
        """Return the kept versions before one of a snapshot, the newest first.

        Of a file that is requested they are all; of a file of one's own whatever it was called.
        """
        called = snapshot.unversioned(remote.name)
        names = [one for of_one in self._versions.values() for one in of_one]
        chosen = names if remote.is_sole else self._versions.get(called, ())
        found = filter(None, map(source.recognise, chosen))
        kept = [one for one in found if not _moment(remote) or _moment(one) < _moment(remote)]
        return sorted(kept, key=_moment, reverse=True)

    @cached_property
    def _versions(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in self:
            if snapshot.is_version(name):
                found.setdefault(snapshot.unversioned(name), []).append(name)
        return found

    def not_read(
        self,
        settings: Settings,
        source: Source,
        unknown: Sequence[str],
        listed: Container[str] = (),
    ) -> Iterator[Remote]:
        """Yield what lies in the folder and is not read, each with what to do.

        Parameters
        ----------
        unknown
            Names that the source does not know.
        listed
            Names that the provider lists: half a download of one is continued.
        """
        names = sources.traits_of(source.name).file_names or f"those of {source.title}"
        neighbours = sources.known(settings).values() if unknown else ()
        for path in self._unfinished:
            if path.stem not in listed:
                yield _problem(self._shown(path), path, copies.UNFINISHED)
        for name in unknown:
            if said := copies.said(name, self.get, lambda one: source.recognise(one) is not None):
                yield _problem(name, self[name], said)
                continue
            # Some sources take a name with any words in front.
            owner = next(
                (
                    one.name
                    for one in neighbours
                    if one.recognise(name) and not one.recognise(f"my {name}")
                ),
                None,
            )
            if owner:
                said = f"is called like a file of {owner}: move it to {self.folder.parent / owner}"
                yield _problem(name, self[name], said)
            else:
                yield unrecognised(name, self[name].as_uri(), names)
        for path in self._twice:
            said = (
                f"{self._shown(self[path.name])} has the same name and is read; give this file a "
                "name of its own or remove it"
            )
            yield _problem(self._shown(path), path, said)
        for path in self._others:
            if said := copies.why_no_file(path, source.recognise(path.name) is not None):
                yield _problem(self._shown(path), path, said)

    def _shown(self, path: Path) -> str:
        return files.shown(path.relative_to(self.folder))


def _series(version: Remote) -> str:
    """Return what the versions have in common of which the newest counts."""
    return "" if version.is_sole else version.name.split("@")[0]


def _moment(version: Remote) -> str:
    """Return the moment at which a version was kept, and before it of other files nothing."""
    return version.name.partition("@")[2]


def _problem(name: str, path: Path, said: str) -> Remote:
    return Remote(name, path.as_uri(), date.min, date.min, problem=said)
