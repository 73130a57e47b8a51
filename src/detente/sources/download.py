"""A file to fetch, how that ended, and whether what came is what the provider said."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from detente.base import files
from detente.sources.failures import Transient, is_page

if TYPE_CHECKING:
    from detente.sources.fetch import Fetcher


@dataclass(frozen=True)
class Wanted:
    """A file to fetch, and what the provider says about it; `make` writes what is no file there."""

    key: str
    url: str
    target: Path
    bytes: int | None = None
    md5: str | None = None
    make: Callable[[Fetcher, Path], None] | None = None


@dataclass(frozen=True)
class Fetched:
    """How a download ended; `note` says what was wrong if the status is not 'ok'.

    A status of 'stopped' says nothing about the file: the program was told to end.
    """

    wanted: Wanted
    status: str
    note: str | None = None
    attempts: int = 1


def verify(wanted: Wanted, path: Path) -> None:
    """Compare what was received with what the provider said."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        start = stream.read(512)
    if not size:
        raise Transient("empty", "expected a file, got no bytes")
    if is_page(start) and wanted.target.suffix.lower() not in (".html", ".htm"):
        raise Transient("not_data", "expected data, got a web page: an error or a login")
    if wanted.bytes is not None and size != wanted.bytes:
        status = "truncated" if size < wanted.bytes else "wrong_size"
        raise Transient(status, f"expected {wanted.bytes} bytes, got {size}")
    if wanted.md5 is not None:
        found = files.digest(path, "md5")
        if found != wanted.md5.lower():
            raise Transient("bad_md5", f"expected MD5 {wanted.md5}, got {found}")
    if wanted.target.suffix.lower() in (".zip", ".xlsx") and not zipfile.is_zipfile(path):
        raise Transient(
            "not_an_archive", "expected a zip archive, got something else or part of one"
        )
