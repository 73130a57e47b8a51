"""Rows of the ledger for files that could not be loaded: failed, not recognised, repaired since."""

from __future__ import annotations

from typing import Any

from detente.base import clock
from detente.database.builder import Warehouse
from detente.refresh.source_plan import FileAction, SourcePlan
from detente.settings import Settings
from detente.sources.base import Source
from detente.sources.download import Fetched
from detente.store import events
from detente.store.accounts import credits_of
from detente.store.events import LOADED, NOT_RECOGNISED, Store
from detente.store.raw_file import OUTCOMES, STAYS


def new_failures(
    settings: Settings,
    source: Source,
    warehouse: Warehouse,
    failed: list[tuple[FileAction, Fetched]],
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the accounts of failures that are not known yet in the same words, and the news.

    A file of which an earlier version is loaded keeps its account; its failure is told every time.
    """
    rows = [_failure(settings, source, *one) for one in failed]
    kept = Store(settings)
    known = kept.files(warehouse, [row["raw_file_id"] for row in rows])
    if any(action.remote.is_sole for action, _ in failed) and any(
        kept.states(warehouse, ["raw_file_id"], source=source.name, status=LOADED)
    ):
        # What is loaded of a file of one's own stays known while the file is not in its place.
        rows = [{**row, "covers_from": None, "covers_to": None} for row in rows]
    new, news = [], []
    for row in rows:
        before = known.get(row["raw_file_id"], {})
        told = f"{row['raw_file_id']}: {row['note']}"
        if before.get("status") in LOADED:
            news.append(f"{told}; {STAYS}")
        elif any(before.get(name) != row[name] for name in ("status", "note")):
            new.append(row)
            news.append(told)
    return new, news


def unrecognised(
    settings: Settings, todo: SourcePlan, warehouse: Warehouse
) -> list[dict[str, Any]]:
    """Return the accounts of files that are named and not recognised, and of those no longer."""
    source, kept = todo.source, Store(settings)
    now = {f"{source.name}/{one.name}": one for one in todo.unrecognised}
    of_before = kept.states(warehouse, ["raw_file_id"], source=source.name, status=[NOT_RECOGNISED])
    known = kept.files(warehouse, [*now, *(name for (name,) in of_before)])
    rows = [
        {
            "raw_file_id": name,
            "url": one.url,
            "path": settings.stored(settings.downloads / source.name / one.name),
            **dict.fromkeys(("n_rows", *OUTCOMES), 0),
            "status": NOT_RECOGNISED,
            "note": one.problem,
            **credits_of(source),
            "loaded_at": clock.second(),
            "load_id": "",
        }
        for name, one in now.items()
        # Events of a file that is loaded stay with their account.
        if known.get(name, {}).get("status") not in LOADED
        and known.get(name, {}).get("note") != one.problem
    ]
    gone = [
        {**row, "status": events.SUPERSEDED, "note": "no longer named"}
        for name, row in known.items()
        if row["status"] == NOT_RECOGNISED and name not in now and not todo.problem
    ]
    return rows + gone


def repaired(
    todo: SourcePlan,
    kept: Store,
    warehouse: Warehouse,
    failed: list[tuple[FileAction, Fetched]],
) -> list[dict[str, Any]]:
    """Return the accounts of snapshots that once failed and have come now, under another name."""
    came = {
        action.raw_file_id
        for action in todo.actions
        if action.needs_download and action.remote.is_snapshot
    } - {action.raw_file_id for action, _ in failed}
    return [
        {**row, "status": events.SUPERSEDED, "note": "came on a later run"}
        for row in kept.files(warehouse, sorted(came)).values()
        if row["status"] not in (*LOADED, events.SUPERSEDED)
    ]


def settled(todo: SourcePlan, kept: Store, warehouse: Warehouse) -> list[dict[str, Any]]:
    """Return the accounts of names under which a file of one's own once did not come."""
    if not todo.settled:
        return []
    rows = kept.files(warehouse, [f"{todo.source.name}/{name}" for name in todo.settled])
    return [
        {**row, "status": events.SUPERSEDED, "note": "no longer asked for"} for row in rows.values()
    ]


def _failure(
    settings: Settings, source: Source, action: FileAction, fetched: Fetched
) -> dict[str, Any]:
    """Return the account of a file that could not be downloaded."""
    attempts = "1 attempt" if fetched.attempts == 1 else f"{fetched.attempts} attempts"
    return {
        "raw_file_id": action.raw_file_id,
        "url": action.remote.url,
        "path": settings.stored(action.path),
        "published_md5": action.remote.md5,
        **dict.fromkeys(("n_rows", *OUTCOMES), 0),
        "status": fetched.status,
        "note": f"{fetched.note} ({attempts})",
        **credits_of(source),
        "covers_from": action.remote.first_day,
        "covers_to": action.remote.last_day,
        "loaded_at": clock.second(),
        "load_id": "",
    }
