"""What people and programs leave among files: second copies, half downloads, links to nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from detente.base import files

_WORDS = "copy|kopie|copie|copia|kopia"
# ged251-csv (1).zip, ged251-csv - Kopie (2).zip, ged251-csv copy 2.zip, Copy of ged251-csv.zip
_BEHIND = re.compile(
    rf"(?:\s*\(\d{{1,3}}\)|\s+(?:-\s+)?(?:{_WORDS})(?:\s+\(?\d{{1,3}}\)?)?)+(?=\.|$)", re.IGNORECASE
)
_BEFORE = re.compile(rf"^(?:{_WORDS})\s+(?:of|von|van|de|di|av)\s+", re.IGNORECASE)
_UNFINISHED = re.compile(r"\.(crdownload|part|partial|download|opdownload)$", re.IGNORECASE)
UNFINISHED = "a download that is not finished: let it finish, or fetch the file again"


def original(name: str) -> str:
    """Return the name without the marks of a copy; the same name if it has none."""
    if " " not in name and "(" not in name:  # nearly all of half a million
        return name
    return _BEHIND.sub("", _BEFORE.sub("", name))


def is_copy(name: str, find: Callable[[str], Path | None]) -> bool:
    """Say whether a file is called a copy of one that is there, and holds the same bytes.

    Parameters
    ----------
    find
        Returns where the file of a name lies, if there is one.
    """
    if (meant := original(name)) == name:
        return False
    first, again = find(meant), find(name)
    return first is not None and again is not None and _same(first, again)


def said(name: str, find: Callable[[str], Path | None], is_known: Callable[[str], bool]) -> str:
    """Say what is to be done about a file that is not read, if its name tells; else nothing.

    Parameters
    ----------
    find
        Returns where the file of a name lies, if there is one.
    is_known
        Says whether a source knows a name.
    """
    if _UNFINISHED.search(name):
        return UNFINISHED
    meant = original(name)
    if meant == name or not is_known(meant):
        return ""
    if find(meant) is None:
        return f"expected the name {meant}, not that of a copy: to rename it is enough"
    if is_copy(name, find):
        return f"a copy of {meant} with the same bytes, which is read: remove it"
    return (
        f"called a copy of {meant}, which is read, and holds other bytes: if this one is right, "
        "put it in the place of the other, else remove it"
    )


def _same(one: Path, other: Path) -> bool:
    try:
        return one.stat().st_size == other.stat().st_size and files.digest(one) == files.digest(
            other
        )
    except OSError:  # whoever reads it says that it cannot be read
        return False


def why_no_file(path: Path, is_known: bool) -> str:
    """Say why something among files is none to read; nothing of an ordinary folder.

    Parameters
    ----------
    is_known
        Whether it is called like a file of the source.
    """
    if path.is_dir():
        return "a folder with the name of a file: move the file in it out" if is_known else ""
    if path.is_symlink() and not path.exists():
        return f"a link that leads nowhere ({path.readlink()}): correct or remove it"
    return "neither a file nor a folder: remove it"
