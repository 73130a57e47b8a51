"""The checksum of a published database, in a file beside it.

It guards against a disk's errors. Written as the database is swapped in; compared before a refresh
takes anything over from it, and by `detente doctor --deep`.
"""

from __future__ import annotations

import json
from pathlib import Path

from detente.base import files


def path_of(database: Path) -> Path:
    """Return where the checksum of a database is."""
    return database.with_name(f".{database.name}.crc32.json")


def write(database: Path, published_as: Path) -> None:
    """Note the checksum of a finished database under the name that it will have.

    With its size and the moment of its last change, so that a database from elsewhere, put there by
    hand, is known as another one and not as a damaged one.
    """
    status = database.stat()
    content = {
        "crc32": files.crc32(database),
        "bytes": status.st_size,
        "inode": status.st_ino,
    }
    files.write(path_of(published_as), json.dumps(content))


def mismatch(database: Path) -> str | None:
    """Say what is wrong with a published database; None if nothing is, or nothing is known."""
    try:
        known = json.loads(path_of(database).read_text(encoding="utf-8"))
        is_same_file = known["inode"] == database.stat().st_ino
        expected, size = str(known["crc32"]), int(known["bytes"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not is_same_file:
        return None
    if database.stat().st_size != size:
        return f"expected {size} bytes as it was published, got {database.stat().st_size}"
    if files.crc32(database) != expected:
        return "is no longer as it was published: a bit of it has changed on the disk"
    return None
