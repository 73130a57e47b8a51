"""A source whose files lie in a folder, for instance one that was copied to a machine offline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from detente.base.errors import DownloadError
from detente.sources.base import Layout, Naming, Remote, Source, in_span
from detente.sources.fetch import Fetcher
from detente.sources.local import is_local, path_of


@dataclass(frozen=True)
class Mirror:
    """A source as it is in a folder; the provider's list is used where the folder has it."""

    source: Source
    folder: Path

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
        """Return the files of these days: by the provider's list, else by their names.

        Raises
        ------
        DownloadError
            The folder has neither a list nor a file with a name of the source's.
        """
        if not self.folder.is_dir():
            raise DownloadError(f"{self.folder}: expected a folder of files of {self.name}")
        listed: list[Remote] | None = None
        problem = ""
        try:
            listed = self.source.available(fetcher, start, end)
        except DownloadError as error:
            problem = str(error)
        if listed == [] or any(path_of(one.url).is_file() for one in listed or ()):
            # What stands under one address forever is not listed but asked for: a folder without
            # it lacks nothing.
            return [
                one for one in listed or () if not one.is_snapshot or path_of(one.url).is_file()
            ]
        found = list(self._by_name())
        if found:
            return in_span(found, start, end)
        if listed is not None:  # each is asked for, and remembered as missing
            return listed
        raise DownloadError(f"{self.folder} has no list and no file of {self.name} ({problem})")

    def _by_name(self) -> Iterator[Remote]:
        for path in sorted(self.folder.rglob("*")):
            if path.is_file() and (remote := self.source.recognise(path.name)):
                yield replace(remote, url=path.as_uri())

    def recognise(self, name: str) -> Remote | None:
        """Say what a file in the folder of downloads is by its name."""
        return self.source.recognise(name)

    def layout(self, name: str, first_line: bytes) -> Layout | None:
        """Return how a file is read."""
        return self.source.layout(name, first_line)

    def recipe(self) -> str:
        """Return a hash of what decides the events: the same wherever the files lie."""
        return self.source.recipe()


def of(source: Source, base_url: str) -> Source:
    """Return a source as its address has it: a mirror where that is a folder."""
    return Mirror(source, path_of(base_url)) if is_local(base_url) else source
