"""The files that a plan gives to the loader: those that arrive, and of a snapshot its versions.

Of a file whose versions replace each other the newest that can be read is loaded; the one that is
loaded stays where no newer one can be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from detente.base import clock, files
from detente.base.errors import StoreError
from detente.database.builder import Warehouse
from detente.refresh.source_plan import FileAction, SourcePlan
from detente.settings import Settings
from detente.sources import snapshot
from detente.sources.base import Remote, Source
from detente.sources.download import Fetched, Wanted
from detente.store.events import LOADED, NOT_RECOGNISED, SUPERSEDED, Store
from detente.store.loader import RULES_CHANGED
from detente.store.raw_file import RawFile


def to_load(
    settings: Settings,
    todo: SourcePlan,
    arriving: Iterator[Fetched],
    failed: list[tuple[FileAction, Fetched]],
) -> Iterator[RawFile]:
    """Yield the files to load, in order; those that have to be fetched, when they arrive."""
    has_snapshots = any(action.remote.is_snapshot for action in todo.actions)
    versions = _Versions.of(settings, todo.source) if has_snapshots else _Versions()
    for action in todo.actions:
        fetched = next(arriving) if action.needs_download else None
        if fetched and fetched.status == "stopped":
            return
        if action.remote.is_snapshot:
            candidates = _candidates(todo, action, fetched, versions, failed)
        elif fetched and fetched.status != "ok":
            _demand_not_needed(todo, action, fetched, is_held=action.reason == RULES_CHANGED)
            failed.append((action, fetched))
            continue
        else:
            candidates = (action,)
        readable = _readable(settings, todo.source, candidates, failed)
        if first := next(readable, None):
            yield replace(first, earlier=readable)


def _candidates(
    todo: SourcePlan,
    action: FileAction,
    fetched: Fetched | None,
    versions: _Versions,
    failed: list[tuple[FileAction, Fetched]],
) -> tuple[FileAction, ...]:
    """Return the versions of a snapshot of which the first that can be read is to be loaded."""
    # The version that is loaded stays if no newer one can be read, unless nothing stays.
    is_held = versions.have_loaded(action.remote)
    earlier = () if is_held and not todo.is_anew else action.earlier
    if fetched is None:
        return action, *earlier
    if fetched.status != "ok":
        _demand_not_needed(todo, action, fetched, is_held=is_held and not earlier)
        failed.append((action, fetched))
        return earlier
    version = _keep_version(action, fetched.wanted.target)
    if versions.stand_with(version.name) and not todo.is_anew:
        if version.name not in versions.loaded:  # else it is the very file that is loaded
            version.unlink()
        return ()
    remote = todo.source.recognise(version.name)
    if remote is None:
        raise StoreError(f"{version}: expected a version of {action.remote.name}.")
    return replace(action, remote=remote, path=version), *earlier


@dataclass(frozen=True)
class _Versions:
    """The names of a source's files that are loaded, and of those that could not be."""

    loaded: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: Settings, source: Source) -> _Versions:
        loaded, failed = set(), set()
        with Warehouse() as warehouse:
            for raw_file_id, status in Store(settings).states(
                warehouse, ["raw_file_id", "status"], source=source.name
            ):
                name = raw_file_id.split("/", 1)[1]
                if status in LOADED:
                    loaded.add(name)
                elif status not in (SUPERSEDED, NOT_RECOGNISED):
                    failed.add(name)
        return cls(frozenset(loaded), frozenset(failed))

    def have_loaded(self, remote: Remote) -> bool:
        """Say whether a version of a file is loaded."""
        called = snapshot.unversioned(remote.name)
        return any(remote.is_sole or snapshot.unversioned(one) == called for one in self.loaded)

    def stand_with(self, name: str) -> bool:
        """Say whether what a version holds is loaded, and no version after that was refused."""
        held = {one for one in self.loaded if snapshot.same_content(name, one)}
        return bool(held) and not any(
            snapshot.unversioned(one) == snapshot.unversioned(name)
            and snapshot.is_version(one)
            and one > max(held)
            for one in self.failed
        )


def _readable(
    settings: Settings,
    source: Source,
    actions: Sequence[FileAction],
    failed: list[tuple[FileAction, Fetched]],
) -> Iterator[RawFile]:
    """Describe files on disk one after the other, those that can be."""
    for action in actions:
        if described := _described(settings, source, action, failed):
            yield described


def _demand_not_needed(
    todo: SourcePlan, action: FileAction, fetched: Fetched, *, is_held: bool
) -> None:
    """See that a file that did not come is none that has to be loaded again.

    Raises
    ------
    StoreError
        It is.
    """
    if todo.is_anew and is_held:
        raise StoreError(
            f"{action.raw_file_id} has to be loaded again ({RULES_CHANGED}) "
            f"and cannot be fetched: {fetched.note}. The store is as it was."
        )


def _described(
    settings: Settings,
    source: Source,
    action: FileAction,
    failed: list[tuple[FileAction, Fetched]],
) -> RawFile | None:
    """Describe a file on disk; one that the system does not let be read has failed."""
    try:
        return raw_file(settings, source, action.remote, action.path)
    except OSError as error:
        wanted = Wanted(action.raw_file_id, action.remote.url, action.path)
        note = f"{action.path}: cannot be read ({error.strerror}); see its owner and permissions"
        failed.append((action, Fetched(wanted, "unreadable", note, 1)))
        return None


def _keep_version(action: FileAction, path: Path) -> Path:
    """Give a fetched snapshot the name of its version."""
    now = clock.now()
    kept = path.with_name(snapshot.versioned(action.remote.name, now, files.digest(path)))
    path.replace(kept)
    return kept


def raw_file(settings: Settings, source: Source, remote: Remote, path: Path) -> RawFile:
    """Describe a file on disk.

    Raises
    ------
    OSError
        It cannot be read.
    """
    # Before it is read: one that changes meanwhile is then known as another one by the next look.
    now = path.stat()
    return RawFile(
        remote=remote,
        raw_file_id=f"{source.name}/{path.name}",
        path=path,
        stored_path=settings.stored(path),
        sha256=files.digest(path),
        # Where the provider was not asked (a rebuild), the bytes tell what it had published.
        published_md5=remote.md5 or files.digest(path, "md5"),
        bytes=now.st_size,
        modified_ns=now.st_mtime_ns,
        is_listed=remote.is_listed or remote.md5 is not None,
    )
