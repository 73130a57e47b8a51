"""What is wrong with the event store and the downloads."""

from __future__ import annotations

from pathlib import Path

from detente.base import files
from detente.base.errors import DetenteError, NewerStore
from detente.database.builder import Warehouse
from detente.operations.doctor.finding import Finding
from detente.refresh import checksums
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
        gone, changed = _raw_files(settings.home, store)
    except DetenteError as error:
        return [*findings, Finding("problem", "event store", str(error), "detente rebuild")]
    if disagreeing:
        findings.append(
            Finding(
                "problem",
                "event store",
                f"{len(disagreeing)} files have other events in it than their accounts say, for "
                f"instance {disagreeing[0]}",
                "detente rebuild",
            )
        )
    if gone and store.place.is_shared:
        said = f"{len(gone)} files that are loaded lie on other machines"
        findings.append(Finding("note", "downloads", said))
        gone = []
    return findings + [
        Finding(
            "problem",
            "downloads",
            f"{len(found)} files that are loaded {what}, for instance {found[0]}",
            "restore them from the backup; or delete them, and `detente refresh` fetches them",
        )
        for found, what in ((gone, "are gone"), (changed, "are not as they were loaded"))
        if found
    ]


def _raw_files(home: Path, store: Store) -> tuple[list[Path], list[Path]]:
    """Return the downloads that are gone, and those that are not as they were loaded."""
    gone, changed = [], []
    with Warehouse() as warehouse:
        for name, sha256 in store.states(warehouse, ["path", "sha256"], status=LOADED):
            path = home / name if name else None
            if path is None:
                continue
            if not path.is_file():
                gone.append(path)
            elif files.digest(path) != sha256:
                changed.append(path)
    return gone, changed
