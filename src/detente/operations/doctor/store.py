"""What is wrong with the event store and the downloads."""

from __future__ import annotations

from pathlib import Path

from detente.base import files
from detente.base.counted import counted
from detente.base.errors import DetenteError, NewerStore
from detente.database.builder import Warehouse
from detente.operations.doctor.finding import Finding
from detente.refresh import checksums, disk, strays
from detente.settings import Settings
from detente.store import manifest
from detente.store.events import LOADED, Store


def event_store(settings: Settings, *, deep: bool) -> list[Finding]:
    """Look at the list of the event store, and at the files that it names."""
    store = Store(settings)
    try:
        held = store.manifest()
        damaged = store.damaged(deep=deep)
        shared = _shared(store, deep=deep, is_whole=not damaged) if store.place.is_shared else []
    except NewerStore as error:
        return [Finding("problem", "event store", str(error), "install the newer detente")]
    except DetenteError as error:
        remedy = "correct what it names" if store.place.is_shared else "detente rebuild"
        return [Finding("problem", "event store", str(error), remedy)]
    if not store.place.is_shared and not store.exists():
        left = next(settings.events.rglob("*.parquet"), None)
        if left is None:
            return []
        return [
            Finding(
                "problem",
                "event store",
                f"its list {settings.events / manifest.NAME} is gone, files of it are there, for "
                f"instance {left}",
                "detente rebuild",
            )
        ]
    changed = [path for path in damaged if store.is_there(path)]
    gone = [path for path in damaged if path not in changed]
    return shared + [
        Finding(
            "problem",
            "event store",
            f"{len(paths)} of {len(held.files)} files {what}, for instance {paths[0]}",
            "detente rebuild",
        )
        for paths, what in ((gone, "are gone"), (changed, "are not as they were written"))
        if paths
    ]


def _shared(store: Store, *, deep: bool, is_whole: bool) -> list[Finding]:
    """Say what was looked at of a store that other machines write to, and whether they did."""
    found = []
    if is_whole:
        looked = "read and compared" if deep else "there, by name and size (`--deep` reads them)"
        said = f"{store.place.root}: {len(store.manifest().files)} files are {looked}"
        found.append(Finding("ok", "event store", said))
    if not store.place.is_current():
        said = f"{store.place.root}: another machine committed since the last refresh here"
        found.append(Finding("note", "event store", said, "detente refresh"))
    return found


def read_through(settings: Settings) -> list[Finding]:
    """Read everything that the nights take as it is."""
    findings = []
    for path in sorted(settings.processed.glob("detente*.duckdb")):
        wrong = checksums.mismatch(path)
        if wrong:
            findings.append(Finding("problem", path.name, wrong, "detente refresh --full"))
    try:
        store = Store(settings)
        disagreeing = store.disagreeing()
        changed = _changed(settings.home, store)
    except DetenteError as error:
        return [*findings, Finding("problem", "event store", str(error), "detente rebuild")]
    if disagreeing:
        findings.append(
            Finding(
                "problem",
                "event store",
                "holds other events than the accounts say of "
                f"{counted(len(disagreeing), 'file')}, for instance {disagreeing[0]}",
                "detente rebuild",
            )
        )
    if changed:
        findings.append(
            Finding(
                "problem",
                "downloads",
                f"{counted(len(changed), 'loaded file')} no longer as loaded, for instance "
                f"{changed[0]}",
                "restore them from the backup: the events are those of the files as they were",
            )
        )
    return findings


def on_disk(settings: Settings, *, deep: bool) -> list[Finding]:
    """Say which files that are loaded are no longer on disk, or have changed since.

    Parameters
    ----------
    deep
        Changed files are told by `read_through`, which reads all of them.
    """
    try:
        looks = list(disk.looks(settings))
    except DetenteError:  # the store's own finding says what is wrong
        return []
    found = []
    for look in looks:
        name, kinds = f"source {look.source}", list(look.standing)
        if deep and look.is_elsewhere and look.of(disk.GONE):
            found.append(Finding("note", name, *look.said(disk.GONE)))
        if not deep and look.of(disk.CHANGED):
            kinds.append(disk.CHANGED)
        for kind in kinds:
            is_wrong = kind == disk.EDITED or (kind == disk.GONE and look.is_away)
            found.append(Finding("problem" if is_wrong else "note", name, *look.said(kind)))
    return found


def strays_beside(settings: Settings) -> list[Finding]:
    """Name what lies among the downloads and is in no folder of a source in use."""
    try:
        return [
            Finding("note", "downloads", f"{one.shown}: {one.problem}", one.remedy)
            for one in strays.found(settings)
        ]
    except DetenteError:  # the store's own finding says what is wrong
        return []


def _changed(home: Path, store: Store) -> list[Path]:
    """Return the downloads that are there and not as they were loaded."""
    with Warehouse() as warehouse:
        return [
            home / name
            for name, sha256 in store.states(warehouse, ["path", "sha256"], status=LOADED)
            if name and (home / name).is_file() and files.digest(home / name) != sha256
        ]
