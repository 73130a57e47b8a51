"""Build beside the published database and swap it in with one rename, one writer at a time."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from detente.base import files
from detente.base.errors import Busy
from detente.refresh import checksums, runs


@contextmanager
def only_writer(processed: Path, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the lock on the build; the operating system frees it when the process ends, however.

    Raises
    ------
    Busy
        Another process holds the lock and did not let go within `wait_seconds`.
    """
    processed.mkdir(parents=True, exist_ok=True)
    holder = processed / ".lock-holder.json"
    try:
        with FileLock(processed / ".lock", timeout=wait_seconds):
            holder.write_text(
                json.dumps({"pid": os.getpid(), "since": f"{runs.now()}Z"}), encoding="utf-8"
            )
            _remove_left_over(processed)
            try:
                yield
            finally:
                holder.unlink(missing_ok=True)
    except Timeout:
        raise Busy(f"Another run is building: {_who(holder)}. Try again when it is done.") from None


def _who(holder: Path) -> str:
    try:
        content = json.loads(holder.read_text(encoding="utf-8"))
        return f"process {content['pid']} since {content['since']}"
    except (OSError, ValueError, KeyError):
        return "its process is not known"


def building_path(processed: Path, run_id: str) -> Path:
    """Return where a run builds: the same file system as the published file, so a rename works."""
    return processed / f"building-{run_id}.duckdb"


def left_over(processed: Path) -> list[Path]:
    """Return what killed runs left behind."""
    return sorted(
        [*processed.glob("building-*"), *processed.glob(".*.tmp"), *processed.glob("runs/.*.tmp")]
    )


def _remove_left_over(processed: Path) -> None:
    for path in left_over(processed):
        path.unlink()


def swap(building: Path, published: Path) -> None:
    """Put a finished database in the place of the published one, durably and in one step."""
    files.sync(building)
    checksums.write(building, published)
    building.replace(published)
    files.sync(published.parent)
