"""A source whose files lie in a folder, for instance one that was copied to a machine offline."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from detente.base import files
from detente.base.errors import DownloadError
from detente.sources import copies
from detente.sources.archive import DOCUMENT
from detente.sources.base import Layout, Naming, Remote, Source, in_span, unrecognised
from detente.sources.fetch import Fetcher
from detente.sources.local import path_of

# What may lie beside the files of events: the providers' lists, GDELT's mentions and knowledge
# graphs, documents, hidden files.
_BESIDE = re.compile(
    r"(masterfilelist|lastupdate)[^/]*\.txt|md5sums|filesizes|doi_.*\.json"
    r"|.*\.(mentions|gkg)\.csv\.zip|" + DOCUMENT.pattern,
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class Mirror:
    """A source as it is in a folder; the provider's list is used where the folder has it.

    Attributes
    ----------
    file_names
        What the source's files are called, by examples.
    neighbours
        Sources that have the same folder: their files are not this one's.
    is_chosen
        The settings name the files; others in the folder are not read.
    """

    source: Source
    folder: Path
    file_names: str
    neighbours: tuple[Source, ...] = ()
    is_chosen: bool = False

    @property
    def name(self) -> str:
        """Name of the source in every table."""
        return self.source.name

    @property
    def title(self) -> str:
        """Its name for readers: that of the source whose files these are."""
        return self.source.title

    @property
    def producer(self) -> str:
        """Whom to cite."""
        return self.source.producer

    @property
    def licence(self) -> str:
        """Terms of use, those of the source whose files these are."""
        return self.source.licence

    @property
    def naming(self) -> Naming:
        """How it calls states."""
        return self.source.naming

    @property
    def has_releases(self) -> bool:
        """Whether some of its files have a level above 0."""
        return self.source.has_releases

    @property
    def projection(self) -> str:
        """Name of the file of `sql/sources` that reads its rows."""
        return self.source.projection

    @property
    def start(self) -> date:
        """First day that a refresh asks for."""
        return self.source.start

    def available(self, fetcher: Fetcher, start: date, end: date) -> list[Remote]:
        """Return the files of these days: by the provider's list, and what else lies in the folder.

        A file that the list does not have is known by its name. One that is not known by its name
        either, and that is no list, document or file of another source, is returned with a problem.

        Raises
        ------
        DownloadError
            The folder has neither a list nor a file.
        """
        if not self.folder.is_dir():
            raise DownloadError(f"{self.folder}: expected a folder of files of {self.name}")
        no_files: list[Path] = []
        there = list(files.below(self.folder, others=no_files))
        listed: list[Remote] = []
        problem = ""
        try:
            listed = self.source.available(fetcher, start, end)
        except DownloadError as error:
            problem = str(error)
        found, missing = _found(listed, there)
        others = list(self._others(found, there, listed))
        others += self._no_files(no_files, {one.name for one in listed})
        if not found and any(not one.problem for one in others):
            missing = []  # the list is one of other files
        elif found:
            # What stands under one address forever is not listed but asked for: a folder without
            # it lacks nothing.
            missing = [one for one in missing if not one.is_snapshot]
        if problem and not others:
            raise DownloadError(f"{self.folder} has no list and no file of {self.name} ({problem})")
        return in_span([*found.values(), *missing, *others], start, end)

    def _others(
        self, found: Mapping[Path, Remote], there: Sequence[Path], listed: Sequence[Remote]
    ) -> Iterator[Remote]:
        """Yield the files that no list names, as far as they are not those of another source."""
        names = {one.name: path for path, one in found.items()}
        by_name = {path.name: path for path in reversed(there)}
        for path in there:
            if path in found or _BESIDE.fullmatch(path.name):
                continue
            remote = self.source.recognise(path.name)
            if remote is None or copies.is_copy(path.name, by_name.get):
                if said := copies.said(path.name, by_name.get, self._knows):
                    yield Remote(self._shown(path), path.as_uri(), date.min, date.min, problem=said)
                elif not any(one.recognise(path.name) for one in self.neighbours):
                    yield unrecognised(self._shown(path), path.as_uri(), self.file_names)
            elif self.is_chosen and listed:
                yield self._passed_over(path, "the settings name other releases")
            elif path.name in names:
                first = self._shown(names[path.name])
                yield self._passed_over(path, f"{first} has the same name and is read")
            else:
                names[path.name] = path
                yield replace(remote, url=path.as_uri())

    def _no_files(self, no_files: Sequence[Path], listed: Container[str]) -> Iterator[Remote]:
        """Yield links that lead nowhere and the like; those that the list names are missing."""
        for path in no_files:
            if path.name.startswith(".") or path.name in listed or _BESIDE.fullmatch(path.name):
                continue
            if said := copies.why_no_file(path, self._knows(path.name)):
                yield Remote(self._shown(path), path.as_uri(), date.min, date.min, problem=said)

    def _knows(self, name: str) -> bool:
        return self.source.recognise(name) is not None

    def _shown(self, path: Path) -> str:
        return files.shown(path.relative_to(self.folder))

    def _passed_over(self, path: Path, why: str) -> Remote:
        name, problem = self._shown(path), f"not read: {why}"
        return Remote(name, path.as_uri(), date.min, date.min, problem=problem)

    def recognise(self, name: str) -> Remote | None:
        """Say what a file in the folder of downloads is by its name."""
        return self.source.recognise(name)

    def layout(self, name: str, first_line: bytes) -> Layout | None:
        """Return how a file is read."""
        return self.source.layout(name, first_line)

    def recipe(self) -> str:
        """Return a hash of what decides the events: the same wherever the files lie."""
        return self.source.recipe()


def _found(
    listed: Sequence[Remote], there: Sequence[Path]
) -> tuple[dict[Path, Remote], list[Remote]]:
    """Return the listed files that are there, by path, and those that are not."""
    paths, by_name = set(there), {path.name: path for path in reversed(there)}
    found: dict[Path, Remote] = {}
    missing = []
    for one in listed:
        path = path_of(one.url)
        if path in paths:
            found[path] = one
        elif one.name in by_name:
            path = by_name[one.name]
            found[path] = replace(one, url=path.as_uri())
        else:
            missing.append(one)
    return found, missing
