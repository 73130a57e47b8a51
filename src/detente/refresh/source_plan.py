"""What is to be done about a source: what its provider has, what lies on disk, what is loaded."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from detente import sources
from detente.base import clock, files
from detente.base.errors import DownloadError
from detente.database.builder import Warehouse
from detente.records import reference
from detente.settings import Settings
from detente.sources import snapshot
from detente.sources.base import Remote, Source, unrecognised
from detente.sources.csv_file import CsvFile
from detente.sources.fetch import PART, Fetcher
from detente.store import events
from detente.store.events import LOADED, Store
from detente.store.loader import sql_digest


@dataclass(frozen=True)
class FileAction:
    """What is to be done about one file, and why."""

    action: str
    remote: Remote
    raw_file_id: str
    path: Path
    reason: str

    @property
    def needs_download(self) -> bool:
        """Whether the file has to be fetched first."""
        return self.action == "download"


@dataclass(frozen=True)
class SourcePlan:
    """What is to be done about a source. `problem` says why its list could not be downloaded.

    `unrecognised` are files that are named in a list, the settings or the folder of downloads and
    that the source cannot read; each says why.
    """

    source: Source
    actions: tuple[FileAction, ...]
    problem: str | None = None
    n_listed: int = 0
    is_anew: bool = False
    unrecognised: tuple[Remote, ...] = ()


def with_files(settings: Settings) -> tuple[str, ...]:
    """Return the names of the sources of which files lie on disk, switched on or not."""
    return tuple(
        name
        for name, source in sources.known(settings).items()
        if _on_disk(source, _downloaded(settings.downloads, source))
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
    first, last = start or source.start, end or clock.today()
    listed: list[Remote] = []
    problem = None
    if fetch is not None:
        try:
            listed = source.available(fetch, first, last)
        except DownloadError as error:
            problem = str(error)
        if fetch.notes:
            problem, fetch.notes = "; ".join(fetch.notes), []
    downloaded, twice = _sorted_out(settings.downloads, source)
    if isinstance(source, CsvFile) and _is_kept(source, downloaded):
        listed = []
    unrecognised = [
        *(one for one in listed if one.problem),
        *_unrecognised_on_disk(source, downloaded),
        *twice,
    ]
    remotes = {one.name: one for one in listed if not one.problem}
    n_listed = len(remotes)
    del listed  # of a large source it holds half a million files
    # A file that is requested replaces its versions on disk.
    asked = {snapshot.series(one.name) for one in remotes.values() if one.is_snapshot}
    for one in _on_disk(source, downloaded):
        if not (one.is_snapshot and snapshot.series(one.name) in asked):
            remotes.setdefault(one.name, one)
    is_anew = _is_anew(settings, source)
    with Warehouse() as warehouse:
        known = _known(warehouse, settings, source)
    if is_anew:  # everything that is loaded has to be loaded again, listed or not
        for name, (status, _) in known.items():
            remote = source.recognise(name)
            if remote and status in LOADED and not remote.is_snapshot:
                remotes.setdefault(name, remote)
    actions = [
        action
        for remote in sorted(remotes.values(), key=lambda one: (one.first_day, one.name))
        if (
            action := _action(
                _path(settings.downloads, source, remote, downloaded),
                source,
                remote,
                known,
                is_anew,
                fetch is not None,
            )
        )
    ]
    return SourcePlan(source, tuple(actions), problem, n_listed, is_anew, tuple(unrecognised))


# Of a file: its status in the ledger, and the MD5 of what is loaded of it.
Known = tuple[str, str | None]


def _known(warehouse: Warehouse, settings: Settings, source: Source) -> dict[str, Known]:
    """Return what a plan has to know of the source's files in the ledger, by their names."""
    columns = ("raw_file_id", "status", "published_md5")
    return {
        raw_file_id.split("/", 1)[1]: (sys.intern(status), md5)
        for raw_file_id, status, md5 in Store(settings).states(
            warehouse, columns, source=source.name
        )
    }


def _is_kept(source: CsvFile, downloaded: Mapping[str, Path]) -> bool:
    """Say whether the newest copy of a file of one's own holds what the file holds.

    The copy is then read in its stead, under the name that it has in the accounts.
    """
    if not source.is_here:
        return False
    sha256 = files.digest(source.path)
    return any(snapshot.holds(one.name, sha256) for one in _on_disk(source, downloaded))


def recipe(settings: Settings, source: Source) -> str:
    """Return a hash of what decides how a source's rows become events: SQL, codes, scope."""
    parts = [sql_digest(source.projection), source.recipe(), settings.scope.actors]
    if settings.scope.actors == "study":
        parts += sorted(settings.study.actors)
    tables = {
        name: path.read_text(encoding="utf-8")
        for name, path in reference.paths(settings.raw / "reference")
        if name.endswith(".csv") and "/" not in name
    }
    # Of the code table only the list of codes decides; values are looked up when read.
    codes = tables.pop("cameo.csv").splitlines()
    parts += tables.values()
    parts += [line.split(",", 1)[0] for line in codes]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _is_anew(settings: Settings, source: Source) -> bool:
    before = Store(settings).manifest().recipes.get(source.name)
    return before is not None and before != recipe(settings, source)


def _folder(downloads: Path, source: Source, remote: Remote) -> Path:
    folder = downloads / source.name
    return folder if remote.is_snapshot else folder / f"{remote.first_day:%Y}"


def _path(downloads: Path, source: Source, remote: Remote, downloaded: Mapping[str, Path]) -> Path:
    """Return where a file lies, in whichever folder a person put it, or is to lie."""
    path = _folder(downloads, source, remote) / remote.name
    return path if path.is_file() else downloaded.get(remote.name, path)


def _downloaded(downloads: Path, source: Source) -> dict[str, Path]:
    """Return the files in a source's folder of downloads by name."""
    return _sorted_out(downloads, source)[0]


def _sorted_out(downloads: Path, source: Source) -> tuple[dict[str, Path], list[Remote]]:
    """Return the files in a source's folder of downloads by name, and those that are not read.

    A file is known by its name. Of several of one name the one in the folder of its own year is
    read, else the first, and each other is reported. One whose name is no text has a name that no
    source recognises, so that it is reported too.
    """
    folder = downloads / source.name
    found: dict[str, Path] = {}
    others: list[Path] = []
    for path in files.below(folder):
        if path.name.startswith(".") or path.suffix == PART:
            continue
        place = path.relative_to(folder)
        name = path.name if files.has_plain_name(place) else files.shown(place)
        if name not in found:
            found[name] = path
        elif (remote := source.recognise(name)) and path == _folder(
            downloads, source, remote
        ) / name:
            others.append(found[name])
            found[name] = path
        else:
            others.append(path)
    return found, [_not_read(folder, path, found[path.name]) for path in others]


def _not_read(folder: Path, path: Path, read: Path) -> Remote:
    """Return a file on disk that is not read, as another one has its name."""
    name, other = (files.shown(one.relative_to(folder)) for one in (path, read))
    problem = (
        f"{other} has the same name and is read; give this file a name of its own or remove it"
    )
    return Remote(name, path.as_uri(), date.min, date.min, problem=problem)


def _on_disk(source: Source, downloaded: Mapping[str, Path]) -> list[Remote]:
    files = [found for name in downloaded if (found := source.recognise(name))]
    # Of the versions of a snapshot only the newest counts.
    newest = {one.name.split("@")[0]: one for one in files if one.is_snapshot}
    return [one for one in files if not one.is_snapshot or newest[one.name.split("@")[0]] == one]


def _unrecognised_on_disk(source: Source, downloaded: Mapping[str, Path]) -> list[Remote]:
    """Return the files in a source's folder of downloads whose names say nothing."""
    names = sources.traits_of(source.name).file_names or f"those of {source.title}"
    return [
        unrecognised(name, path.as_uri(), names)
        for name, path in downloaded.items()
        if source.recognise(name) is None
    ]


def _action(
    path: Path,
    source: Source,
    remote: Remote,
    known: Mapping[str, Known],
    is_anew: bool,
    has_network: bool,
) -> FileAction | None:
    """Say what is to be done about a file, if anything."""
    raw_file_id = f"{source.name}/{remote.name}"
    status, md5 = known.get(remote.name, (None, None))
    on_disk = path.is_file()
    if remote.is_snapshot and has_network and not snapshot.is_version(remote.name):
        reason = "is there a newer version?"
        return FileAction("download", remote, raw_file_id, path, reason)

    def do(action: str, reason: str) -> FileAction:
        return FileAction(action, remote, raw_file_id, path, reason)

    if on_disk and has_network and _is_other(path, remote, status, md5):
        return do("download", "the file on disk is not the one that the provider has")
    if status is None:
        new = f"new; {remote.about}" if remote.about else "new"
        return do("load", "is on disk, not loaded") if on_disk else do("download", new)
    if status == events.SUPERSEDED:
        return None
    if status not in LOADED:
        failed = f"failed before: {status}"
        if has_network:
            return do("download", failed)
        return do("load", failed) if on_disk else None
    if remote.md5 and md5 and remote.md5 != md5 and has_network:
        return do("download", "the provider changed it")
    if is_anew:
        reason = "scope, codes or reading changed"
        return do("load", reason) if on_disk else do("download", reason)
    return None


def _is_other(path: Path, remote: Remote, status: str | None, md5: str | None) -> bool:
    """Say whether a file on disk that the ledger knows nothing sure of is another one by now.

    What is loaded carries the MD5 of its bytes, which is compared without reading the file.
    """
    if status in LOADED and md5:
        return False
    if remote.bytes is not None and path.stat().st_size != remote.bytes:
        return True
    return remote.md5 is not None and files.digest(path, "md5") != remote.md5.lower()
