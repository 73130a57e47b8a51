"""What stands in the way of the next refresh, and how the last one went."""

from __future__ import annotations

import shutil

from detente.base.errors import DetenteError
from detente.operations import status
from detente.operations.doctor.finding import Finding
from detente.refresh import runs
from detente.refresh.plan import STANDING, plan
from detente.settings import Settings
from detente.sources import traits_of

# What a refresh writes beside the published database, at the least.
_ROOM = 64 << 20


def disk(settings: Settings) -> list[Finding]:
    """Say whether there is room for a refresh, which builds beside the published database.

    On a full disk the account of the run that failed could not be written.
    """
    folder = settings.processed
    if not folder.is_dir():
        return []
    size = settings.database.stat().st_size if settings.database.is_file() else 0
    free, needed = shutil.disk_usage(folder).free, size + _ROOM
    if free >= needed:
        return []
    return [
        Finding(
            "problem",
            "disk",
            f"{free >> 20} MiB are free where {folder} is; a refresh needs "
            f"about {needed >> 20} MiB",
            "make room, then `detente refresh`",
        )
    ]


def pending(settings: Settings) -> list[Finding]:
    """Say what changed since the last refresh."""
    if not settings.database.is_file():
        return []
    try:
        actions = [
            action
            for action in plan(settings, offline=True)
            if action.action not in {*STANDING, "build"}
        ]
    except DetenteError as error:
        return [Finding("problem", "inputs", str(error), "correct what it names, then this again")]
    if not actions:
        return [Finding("ok", "inputs", "nothing changed since the last refresh")]
    return [
        Finding(
            "note",
            "inputs",
            f"{len(actions)} changed since the last refresh (`detente plan` lists them)",
            "detente refresh",
        )
    ]


def late(settings: Settings) -> list[Finding]:
    """Name the sources whose newest event lies further back, today, than it may or usually does."""
    found, own = status.look(settings).sources, settings.sources.csv
    return [
        Finding(
            "note" if one.max_lag_days is None else "problem",
            f"source {one.source}",
            f"the newest event is of {one.newest_day}, {one.lag_days} days ago; "
            + (
                f"while the source goes on it is at most about {one.allowed} (checks.max_lag_days "
                "sets a limit of your own)"
                if one.max_lag_days is None
                else f"checks.max_lag_days allows {one.max_lag_days}"
            ),
            f"add its later rows to {own[one.source].path}, then `detente refresh`"
            if one.source in own
            else "`detente plan` says what the provider has; `detente refresh` asks for it",
        )
        for one in found
        if one.is_late
    ] + [
        Finding("note", f"source {one.source}", f"ended with {ended}; nothing newer will come")
        for one in found
        if (ended := traits_of(one.source).last)
    ]


def last_run(settings: Settings) -> list[Finding]:
    """Say why the last run failed, if it did."""
    history = runs.history(settings.processed)
    if not history or history[-1].outcome == runs.PUBLISHED:
        return []
    last = history[-1]
    return [
        Finding(
            "problem",
            "last run",
            f"{last.run_id} failed: {(last.message or '').rstrip('.')}. "
            f"{settings.database.name} is from the run before",
            "correct what it names, then `detente refresh`",
        )
    ]
