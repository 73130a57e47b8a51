"""Writing files so that a reader sees the old one or the new one, never a part; checksums."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from isal import isal_zlib

_CHUNK = 1 << 20


def write(path: Path, content: str | bytes, *, is_durable: bool = False) -> None:
    """Write a file in one step; text in UTF-8, line ends as they stand.

    Parameters
    ----------
    path
        Its folder is made where it is missing.
    is_durable
        Return only once the file would survive a power failure.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path, is_durable=is_durable) as temporary:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)


@contextmanager
def replacing(path: Path, *, is_durable: bool = False) -> Iterator[Path]:
    """Make an empty file beside a path; it takes the path's name when the block ends well.

    Raises
    ------
    OSError
        No file can be written there.
    """
    # Named after the process: of two programs that write one path, the later one stands.
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.touch()
    try:
        yield temporary
        move(temporary, path, is_durable=is_durable)
    finally:
        temporary.unlink(missing_ok=True)


def move(source: Path, target: Path, *, is_durable: bool = True) -> None:
    """Give a file another name, in the place of any file that has it."""
    if is_durable:
        sync(source)
    source.replace(target)
    if is_durable:
        sync(target.parent)


def sync(path: Path) -> None:
    """Make a file's content, or the names in a folder, survive a power failure."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def below(
    folder: Path, within: frozenset[Path] = frozenset(), others: list[Path] | None = None
) -> Iterator[Path]:
    """Yield the files below a folder in alphabetical order, none where there is no folder.

    Links to folders are followed, as downloads may lie on another disk; one that leads back to a
    folder that it lies in is left out.

    Parameters
    ----------
    others
        Is given what is no file: folders, links that lead nowhere, sockets.
    """
    real = folder.resolve()
    if real in within or not real.is_dir():
        return
    # The system says with each name what it is: of half a million files none is asked for it.
    with os.scandir(folder) as entries:
        ordered = sorted(entries, key=lambda one: one.name)
    for one in ordered:
        if one.is_file():
            yield Path(one.path)
            continue
        if others is not None:
            others.append(Path(one.path))
        if one.is_dir():
            yield from below(Path(one.path), within | {real}, others)


def shown(path: Path) -> str:
    """Return a path as text: bytes that are no UTF-8 as their numbers, escaped."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def has_plain_name(path: Path) -> bool:
    """Say whether a path is text, so that a table or a list can hold it."""
    return shown(path) == str(path)


def why_absent(path: Path) -> str:
    """Say why a path cannot be read as a file."""
    if path.is_dir():
        names = sorted(one.name for one in path.iterdir() if one.is_file())
        return "a folder; name one file" + (f", such as {names[0]}" if names else "")
    return "cannot be read" if path.exists() else "no such file"


def crc32(path: Path) -> str:
    """Return the CRC-32 of a file as eight hexadecimal digits.

    It guards against a disk's errors, not against malice, and costs less than to read the file.
    """
    value = 0
    with path.open("rb") as stream:
        while piece := stream.read(_CHUNK):
            value = isal_zlib.crc32(piece, value)
    return f"{value:08x}"


def digest(path: Path, algorithm: str = "sha256") -> str:
    """Return the hash of a file."""
    if path.stat().st_size <= _CHUNK:  # takes half the time for the small files of a feed
        return hashlib.new(algorithm, path.read_bytes()).hexdigest()
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()
