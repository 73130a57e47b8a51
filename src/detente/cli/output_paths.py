"""Where a command may write a file that the user names."""

from __future__ import annotations

import os
from pathlib import Path

from detente.base.errors import UsageError
from detente.database import tables
from detente.settings import FILE_NAME, Settings

# Folders of a study that hold what it is made of or what a run builds.
_KEPT = ("data", "sql", "src", "flows", "reports/templates", "reports/lang", "reports/specs")


def demand_free(study: Settings, path: Path) -> None:
    """Let pass a place where an answer may be written: a new file, or an answer of before.

    Raises
    ------
    UsageError
        It is a device, a folder, a file of the study or of its settings, or holds something else
        than a table.
    """
    real = Path(os.path.realpath(path))  # unlike `resolve` it takes links that lead in a circle
    if real == study.database.resolve():
        raise UsageError(f"{path} is the published database; write the answer elsewhere.")
    for place in (path.absolute(), real):
        _demand_free(study, path, place)


def _demand_free(study: Settings, path: Path, place: Path) -> None:
    home = study.home.resolve()
    kept = [study.raw, study.processed, study.events, *(home / name for name in _KEPT)]
    if any(place.is_relative_to(folder.resolve()) for folder in kept):
        raise UsageError(
            f"{path} lies where the study keeps its own files; write the answer elsewhere, for "
            f"instance to {home / path.name}."
        )
    if place.name == FILE_NAME:
        raise UsageError(f"{path} holds the settings of a study; write the answer elsewhere.")
    if not place.exists():
        return
    if not place.is_file():
        raise UsageError(f"{path} is not an ordinary file; write the answer to one.")
    if tables.format_of(place) is None:
        raise UsageError(
            f"{path} exists and is not a table ({', '.join(tables.SUFFIXES)}); only an "
            "earlier answer is replaced."
        )
