"""What is to be done about a source: what its provider has, what lies on disk, what is loaded."""

from __future__ import annotations

import sys
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

from detente import sources
from detente.base import clock, files
from detente.base.errors import DownloadError
from detente.database.builder import Warehouse
from detente.refresh import disk, recipes
from detente.refresh.disk import Look, Looking
from detente.refresh.downloaded import Downloaded, place_of
from detente.settings import Settings
from detente.sources import snapshot
from detente.sources.base import Remote, Source
from detente.sources.csv_file import CsvFile
from detente.sources.fetch import Fetcher
from detente.sources.local import is_local, path_of
from detente.store import events
from detente.store.events import LOADED, Store
from detente.store.loader import RULES_CHANGED

# What is done about a file that could not be loaded and is on disk as it was.
TRY_AGAIN = "try again"
# Why a file that is there is fetched all the same.
NOT_THE_PROVIDERS = "the file on disk is not the one that the provider has"


@dataclass(frozen=True)
class FileAction:
    """What is to be done about one file, and why.

    `earlier` are kept versions before it, the newest first, for the case that it cannot be had.
    """

    action: str
    remote: Remote
    raw_file_id: str
    path: Path
    reason: str
    earlier: tuple[FileAction, ...] = ()

    @property
    def needs_download(self) -> bool:
        """Whether the file has to be fetched first."""
        return self.action == "download"


@dataclass(frozen=True)
class SourcePlan:
    """What is to be done about a source. `problem` says why its list could not be downloaded.

    `unrecognised` are files that are named in a list, the settings or the folder of downloads and
    that the source cannot read; each says why. `look` says what has become of the loaded files on
    disk, `marks` are to be kept for the next look. `newly_listed` are loaded files that the
    provider's list names for the first time. `is_offline` says that no provider is to be asked.
    `settled` are names under which a file of one's own once did not come: it is there now, or the
    settings name another.
    """

    source: Source
    actions: tuple[FileAction, ...]
    problem: str | None = None
    n_listed: int = 0
    is_anew: bool = False
    unrecognised: tuple[Remote, ...] = ()
    look: Look = field(default_factory=Look)
    marks: frozenset[bytes] = frozenset()
    newly_listed: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()
    is_offline: bool = False


def with_files(settings: Settings) -> tuple[str, ...]:
    """Return the names of the sources of which files lie on disk, switched on or not."""
    return tuple(
        name
        for name, source in sources.known(settings).items()
        if Downloaded.of(settings.downloads, source.name, source).recognised(source)[0]
    )


def asking(source: Source, fetch: Fetcher, *, offline: bool) -> Fetcher | None:
    """Return who asks a source: nobody without a network, unless the file lies on this machine."""
    is_here = isinstance(source, CsvFile) and source.is_here
    return fetch if is_here or not offline else None


def plan(
    settings: Settings,
    source: Source,
    fetch: Fetcher | None,
    start: date | None = None,
    end: date | None = None,
) -> SourcePlan:
    """Compare what the provider has, what lies on disk and what is loaded. Nothing is written.

    Parameters
    ----------
    fetch
        None for a study without a network: the folder of downloads is all there is.
    """
    listed, problem = _available(source, fetch, start, end)
    downloaded = Downloaded.of(settings.downloads, source.name, source)
    if isinstance(source, CsvFile) and _is_kept(source, downloaded):
        listed = []
    unrecognised = [one for one in listed if one.problem]
    remotes = {one.name: one for one in listed if not one.problem}
    n_listed = len(remotes)
    del listed  # of a large source it holds half a million files
    # A file that is requested replaces its versions on disk.
    asked = {snapshot.series(one.name) for one in remotes.values() if one.is_snapshot}
    on_disk, unknown = downloaded.recognised(source, remotes)
    unrecognised += downloaded.not_read(settings, source, unknown, remotes)
    for one in on_disk:
        is_replaced = bool(asked) if one.is_sole else snapshot.series(one.name) in asked
        if not (one.is_snapshot and is_replaced):
            remotes.setdefault(one.name, one)
    is_anew = recipes.has_changed(settings, source)

    def origin(name: str) -> tuple[Path, str | None] | None:
        one = remotes.get(name) if fetch is not None else None
        is_there = one is not None and not one.is_snapshot and is_local(one.url)
        return (path_of(one.url), one.md5) if one and is_there else None

    @cache
    def named() -> frozenset[str]:
        return sources.listed_in_copy(settings, source.name) if fetch is None else frozenset()

    looking = Looking(settings, source.name, downloaded, origin)
    with Warehouse() as warehouse:
        known, newly = _known(warehouse, settings, source, looking, remotes, named, is_anew=is_anew)
        look, marks = looking.done(warehouse)
    differing = {name: kind for kind in (disk.CHANGED, disk.RENEWED) for name in look.of(kind)}
    if is_anew:  # everything that is loaded has to be loaded again, listed or not
        for one in _loaded(source, known):
            remotes.setdefault(one.name, one)
    deciding = _Deciding(
        settings.downloads, source, downloaded, known, differing, is_anew, fetch is not None
    )
    actions = [done for remote in remotes.values() if (done := deciding.action(remote))]
    if any(not one.needs_download for one in actions) and named():
        actions = [_noted(one, named()) for one in actions]
    actions.sort(key=lambda one: (one.remote.first_day, one.remote.name))
    look = look.without({one.remote.name for one in actions})
    return SourcePlan(
        source,
        tuple(actions),
        problem,
        n_listed,
        is_anew,
        tuple(unrecognised),
        look,
        frozenset(marks),
        tuple(newly),
        _settled(source, known, remotes),
        is_offline=fetch is None,
    )


def _available(
    source: Source, fetch: Fetcher | None, start: date | None, end: date | None
) -> tuple[list[Remote], str | None]:
    """Return what the provider has, and what went wrong with its list."""
    if fetch is None:
        return [], None
    listed: list[Remote] = []
    problem = None
    try:
        listed = source.available(fetch, start or source.start, end or clock.today())
    except DownloadError as error:
        problem = str(error)
    if fetch.notes:
        problem, fetch.notes = "; ".join(fetch.notes), []
    return listed, problem


def _noted(action: FileAction, named: frozenset[str]) -> FileAction:
    """Note on a file that the copy of the list names it."""
    remote = replace(action.remote, is_listed=action.remote.name in named)
    return replace(action, remote=remote)


class Known(NamedTuple):
    """What the ledger has of a file, and whether one that could not be loaded is as it was."""

    status: str
    md5: str | None
    is_as_tried: bool


def _known(
    warehouse: Warehouse,
    settings: Settings,
    source: Source,
    looking: Looking,
    remotes: dict[str, Remote],
    named: Callable[[], frozenset[str]],
    *,
    is_anew: bool,
) -> tuple[dict[str, Known], list[str]]:
    """Return what a plan has to know of the source's files in the ledger, and the newly listed.

    Loaded files about which nothing is to be done are left out, and leave `remotes`: almost all
    are, and a source may have half a million.
    """
    columns = ("raw_file_id", "status", "published_md5", "is_listed", *disk.COLUMNS)
    found: dict[str, Known] = {}
    newly: list[str] = []
    for raw_file_id, status, md5, was_listed, *told in Store(settings).states(
        warehouse, columns, source=source.name
    ):
        name = raw_file_id.split("/", 1)[1]
        if status in LOADED:
            seems_other = looking.see(name, *told)
            listed = remotes[name].md5 if name in remotes else None
            if was_listed is False and (listed or name in named()):
                newly.append(name)
            if md5 and listed in (None, md5) and not seems_other and not is_anew:
                remotes.pop(name, None)
                continue
        is_as_tried = status not in LOADED and looking.is_as_tried(name, *told)
        found[name] = Known(sys.intern(status), md5, is_as_tried)
    return found, newly


def _settled(source: Source, known: Mapping[str, Known], asked: Container[str]) -> tuple[str, ...]:
    """Return the names of a file of one's own that stand for a failure which is no more."""
    if not isinstance(source, CsvFile):
        return ()
    return tuple(
        name
        for name, one in known.items()
        if one.status not in (*LOADED, events.SUPERSEDED)
        and name not in asked
        and _is_settled(source, name)
    )


def _is_settled(source: CsvFile, name: str) -> bool:
    """Say whether nothing is to be said any more of a file that did not come, or of a version."""
    if snapshot.unversioned(name) != source.path.name:
        return True
    return source.is_here and not snapshot.is_version(name)


def _is_kept(source: CsvFile, downloaded: Downloaded) -> bool:
    """Say whether the newest copy of a file of one's own holds what the file holds.

    The copy is then read in its stead, under the name that it has in the accounts.
    """
    if not source.is_here:
        return False
    sha256 = files.digest(source.path)
    return any(snapshot.holds(one.name, sha256) for one in downloaded.recognised(source)[0])


def _loaded(source: Source, known: Mapping[str, Known]) -> Iterator[Remote]:
    """Yield the files that are loaded, by their names; versions of snapshots aside."""
    for name, one in known.items():
        if one.status in LOADED and (remote := source.recognise(name)) and not remote.is_snapshot:
            yield remote


@dataclass(frozen=True)
class _Deciding:
    """What decides what is to be done about a file.

    Attributes
    ----------
    differing
        How loaded files differ from what was loaded, by name.
    """

    downloads: Path
    source: Source
    downloaded: Downloaded
    known: Mapping[str, Known]
    differing: Mapping[str, str]
    is_anew: bool
    has_network: bool

    def action(self, remote: Remote) -> FileAction | None:
        """Say what is to be done about a file, if anything."""
        action, reason = self._what(remote)
        if not action:
            return None
        path = self.downloaded.get(remote.name)
        earlier = self.downloaded.before(self.source, remote) if remote.is_snapshot else ()
        return FileAction(
            action,
            remote,
            f"{self.source.name}/{remote.name}",
            path or place_of(self.downloads, self.source, remote),
            reason,
            tuple(self._kept(one) for one in earlier),
        )

    def _kept(self, remote: Remote) -> FileAction:
        raw_file_id = f"{self.source.name}/{remote.name}"
        return FileAction("load", remote, raw_file_id, self.downloaded[remote.name], "is kept")

    def _what(self, remote: Remote) -> tuple[str, str]:
        """Return what is to be done and why; two empty words for nothing."""
        status, md5, is_as_tried = self.known.get(remote.name, (None, None, False))
        if remote.is_snapshot and self.has_network and not snapshot.is_version(remote.name):
            return "download", "is there a newer version?"
        if status in LOADED and md5:
            return self._of_loaded(remote, md5)
        on_disk = remote.name in self.downloaded
        if on_disk and self.has_network and self._is_other(remote):
            return "download", NOT_THE_PROVIDERS
        if status is None:
            if on_disk:
                return "load", "is on disk, not loaded"
            return "download", f"new; {remote.about}" if remote.about else "new"
        if status == events.SUPERSEDED:
            return "", ""
        if status in LOADED:
            return self._of_loaded(remote, md5)
        if not self.has_network and not on_disk:
            return "", ""
        # A version that is kept is never asked for: another one would come.
        is_asked = self.has_network and not snapshot.is_version(remote.name)
        offline = TRY_AGAIN if is_as_tried else "load"
        return "download" if is_asked else offline, f"failed before: {status}"

    def _of_loaded(self, remote: Remote, md5: str | None) -> tuple[str, str]:
        load = "load" if remote.name in self.downloaded else "download"
        differs = self.differing.get(remote.name)
        is_new = remote.md5 and md5 and remote.md5 != md5 and self.has_network
        if is_new or differs == disk.RENEWED:
            return "download", "the provider changed it"
        if differs == disk.CHANGED:
            # The provider's file counts where its list, or a mirror folder, says what is in it.
            is_mirrored = is_local(remote.url) and path_of(remote.url).is_file()
            if self.has_network and (remote.md5 or is_mirrored):
                return "download", NOT_THE_PROVIDERS
            return load, "its content changed since it was loaded"
        return (load, RULES_CHANGED) if self.is_anew else ("", "")

    def _is_other(self, remote: Remote) -> bool:
        """Say whether a file on disk that is not loaded is not the one that the provider has."""
        path = self.downloaded[remote.name]
        try:
            if remote.bytes is not None and path.stat().st_size != remote.bytes:
                return True
            return remote.md5 is not None and files.digest(path, "md5") != remote.md5.lower()
        except OSError:  # the attempt to load it says that it cannot be read
            return False
