"""Bring the event store up to date: fetch and load what a plan names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from detente import sources
from detente.base import clock, files
from detente.base.counted import counted
from detente.base.errors import DetenteError, NewerStore, StoreError
from detente.base.progress import Meters, Progress, Quiet
from detente.database.builder import Warehouse
from detente.refresh import disk, failed_files, recipes
from detente.refresh.lookups import prepare
from detente.refresh.source_plan import FileAction, SourcePlan, asking, plan
from detente.refresh.summary import Summary
from detente.settings import Settings
from detente.settings.sources import Downloads
from detente.sources import snapshot
from detente.sources.base import Remote, Source
from detente.sources.download import Fetched, Wanted
from detente.sources.fetch import Fetcher, Limits
from detente.store.events import LOADED, NOT_RECOGNISED, SUPERSEDED, Store
from detente.store.loader import RULES_CHANGED, Loader
from detente.store.raw_file import RawFile

# A source may have half a million files, and an account has many fields.
_ACCOUNTS_AT_ONCE = 50_000


def fetcher(downloads: Downloads) -> Fetcher:
    """Return a fetcher with the settings' limits."""
    return Fetcher(Limits(**downloads.model_dump()))


def chosen(settings: Settings, names: Sequence[str] = ()) -> list[Source]:
    """Return the sources named, or those that the settings switch on.

    Raises
    ------
    UsageError
        A name is no source's.
    """
    if names:
        return [sources.named(settings, name) for name in names]
    return sources.enabled(settings)


def demand_raw_files(settings: Settings) -> None:
    """See that every file that is loaded lies on disk, before the store is emptied.

    Raises
    ------
    StoreError
        One is gone. A store whose list is damaged knows of none.
    """
    try:
        gone = [look for look in disk.looks(settings, reading=False) if look.of(disk.GONE)]
    except NewerStore:
        raise
    except DetenteError:
        return
    if gone:
        n = sum(len(look.of(disk.GONE)) for look in gone)
        raise StoreError(
            f"{counted(n, 'loaded file')} {'is' if n == 1 else 'are'} no longer on disk, for "
            f"instance {gone[0].folder / gone[0].of(disk.GONE)[0]}. Loading them again would lose "
            "their events. Restore them from the backup of data/raw; or, if they were removed on "
            "purpose, run `detente rebuild --without-missing`. The store is as it was."
        )


def update(
    settings: Settings,
    names: Sequence[str] = (),
    *,
    offline: bool = False,
    start: date | None = None,
    end: date | None = None,
    progress: Progress | None = None,
    announce: Callable[[str], None] = lambda line: None,
    planned: Callable[[SourcePlan], None] = lambda todo: None,
) -> list[Summary]:
    """Bring sources up to date. Needs the lock on the build.

    Parameters
    ----------
    names
        Sources; default: those that the settings switch on.
    offline
        Load the files on disk; contact no provider.
    planned
        Is told what is to be done about each source before it is done.

    Raises
    ------
    UsageError
        A name is no source's.
    StoreError
        The store is damaged, or what has to be loaded again is no longer there.
    """
    summaries = []
    with fetcher(settings.sources.downloads) as fetch:
        for source in chosen(settings, names):
            todo = plan(settings, source, asking(source, fetch, offline=offline), start, end)
            planned(todo)
            summary = carry_out(settings, todo, fetch, progress or Quiet())
            announce(str(summary))
            summaries.append(summary)
    return summaries


def carry_out(settings: Settings, todo: SourcePlan, fetch: Fetcher, progress: Progress) -> Summary:
    """Fetch and load what a plan names."""
    source = todo.source
    summary = Summary(source.name, problem=todo.problem)
    _tell_of_disk(summary, todo)
    disk.remember(settings, source.name, set(todo.marks))
    if todo.unrecognised:
        summary.failures[NOT_RECOGNISED] = len(todo.unrecognised)
    if not any((todo.actions, todo.unrecognised, todo.problem, todo.newly_listed, todo.settled)):
        return summary
    failed: list[tuple[FileAction, Fetched]] = []
    with Warehouse() as warehouse:
        prepare(warehouse, settings, source)
        loader = Loader(
            Store(settings),
            warehouse,
            source,
            recipes.of(settings, source),
            stopping=fetch.stopping,
        )
        try:
            with progress.meters() as meters:
                arriving = _fetched(todo, fetch, meters)
                loading = meters.meter(
                    f"Loading {source.name}", len(todo.actions), _size(todo.actions)
                )
                for count in loader.load(_files(settings, todo, arriving, failed)):
                    summary.add(count)
                    loading.advance(n_bytes=count.file.bytes or 0, n_rows=count.n_read, n_files=1)
        finally:
            new, news = failed_files.new_failures(settings, source, warehouse, failed)
            loader.record_failures(
                new, [(action.raw_file_id, fetched.attempts) for action, fetched in failed]
            )
        summary.news += news
        loader.record_failures(named := failed_files.unrecognised(settings, todo, warehouse))
        summary.news += [
            f"{row['raw_file_id']}: {row['note']}"
            for row in named
            if row["status"] == NOT_RECOGNISED
        ]
        for rows in _listed(Store(settings), todo, warehouse):
            loader.record_failures(rows)
        loader.record_failures(failed_files.repaired(todo, Store(settings), warehouse, failed))
        loader.record_failures(failed_files.settled(todo, Store(settings), warehouse))
        for _, fetched in failed:
            summary.failures[fetched.status] = summary.failures.get(fetched.status, 0) + 1
        loader.compact()
    summary.notes += fetch.notes
    fetch.notes = []
    return summary


def _listed(store: Store, todo: SourcePlan, warehouse: Warehouse) -> Iterator[list[dict[str, Any]]]:
    """Yield the accounts of loaded files that the provider's list names for the first time."""
    ids = [f"{todo.source.name}/{name}" for name in todo.newly_listed]
    for start in range(0, len(ids), _ACCOUNTS_AT_ONCE):
        rows = store.files(warehouse, ids[start : start + _ACCOUNTS_AT_ONCE]).values()
        yield [{**row, "is_listed": True} for row in rows if row["status"] in LOADED]


def _tell_of_disk(summary: Summary, todo: SourcePlan) -> None:
    """Note what has become of loaded files on disk, except what this load corrects."""
    look = todo.look
    for kind in look.standing:
        said = "; ".join(part for part in look.said(kind) if part)
        if kind == disk.GONE and look.is_away:
            summary.problem = "; ".join(part for part in (summary.problem, said) if part)
        elif kind == disk.GONE:
            summary.notes.append(said)
        else:
            summary.news.append(f"{todo.source.name}: {said}")


def _files(
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


def _size(actions: Sequence[FileAction]) -> int | None:
    """Return how many bytes the files have; None where the provider does not say of each."""
    sizes = [one.remote.bytes if one.needs_download else one.path.stat().st_size for one in actions]
    known = [one for one in sizes if one is not None]
    return sum(known) if len(known) == len(sizes) else None


def _fetched(todo: SourcePlan, fetch: Fetcher, meters: Meters) -> Iterator[Fetched]:
    """Yield the downloads of a plan in its order, fetching ahead."""
    downloads = [action for action in todo.actions if action.needs_download]
    if not downloads:
        return
    wanted = [
        Wanted(
            one.raw_file_id,
            one.remote.url,
            one.path,
            one.remote.bytes,
            one.remote.md5,
            one.remote.make,
        )
        for one in downloads
    ]
    if todo.is_offline:  # what has to be loaded again and has been removed
        note = "it is no longer on disk, and no provider is asked"
        yield from (Fetched(one, "missing", note, 0) for one in wanted)
        return
    meter = meters.meter(f"Fetching {todo.source.name}", len(downloads), _size(downloads))
    yield from fetch.fetch_all(wanted, meter)


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
