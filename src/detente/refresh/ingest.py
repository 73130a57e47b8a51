"""Bring the event store up to date: fetch and load what a plan names."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from typing import Any

from detente import sources
from detente.base.counted import counted
from detente.base.errors import DetenteError, NewerStore, StoreError
from detente.base.progress import Meters, Progress, Quiet
from detente.database.builder import Warehouse
from detente.refresh import disk, failed_files, lookups, raw_files, recipes
from detente.refresh.source_plan import FileAction, SourcePlan, asking, plan
from detente.refresh.summary import Summary
from detente.settings import Settings
from detente.settings.sources import Downloads
from detente.sources.base import Source
from detente.sources.download import Fetched, Wanted
from detente.sources.fetch import Fetcher, Limits
from detente.store.events import LOADED, NOT_RECOGNISED, Store
from detente.store.loader import Loader

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
        loader = loader_of(settings, source, warehouse, stopping=fetch.stopping)
        try:
            with progress.meters() as meters:
                arriving = _fetched(todo, fetch, meters)
                loading = meters.meter(
                    f"Loading {source.name}", len(todo.actions), _size(todo.actions)
                )
                for count in loader.load(raw_files.to_load(settings, todo, arriving, failed)):
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


def loader_of(
    settings: Settings,
    source: Source,
    warehouse: Warehouse,
    *,
    batch_bytes: int | None = None,
    stopping: threading.Event | None = None,
) -> Loader:
    """Return what loads a source's files into the study's store; parameters as of `Loader`."""
    return Loader(
        Store(settings),
        warehouse,
        source,
        recipes.of(settings, source),
        partial(lookups.prepare, warehouse, settings, source),
        batch_bytes,
        stopping,
    )


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
