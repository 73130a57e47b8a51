"""Addresses of files on this machine (`file:`), which stand for a provider's."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from detente.base import files
from detente.sources.failures import Gone


def is_local(url: str) -> bool:
    """Say whether an address is that of a file on this machine."""
    return urlsplit(url).scheme == "file"


def path_of(url: str) -> Path:
    """Return the path of such a file."""
    return Path(url2pathname(urlsplit(url).path))


def read_local(url: str) -> bytes:
    """Return the content of such a file.

    Raises
    ------
    Gone
        There is none.
    """
    path = path_of(url)
    try:
        return path.read_bytes()
    except OSError as error:
        raise Gone(f"{path}: {files.why_absent(path)}") from error
