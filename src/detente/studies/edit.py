"""Change `detente.toml` as a person would: comments and order stay as they are."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import Table

from detente import settings
from detente.base import clock, files
from detente.base.errors import SettingsError, UsageError
from detente.settings import RECORDS

# Beside the folder of downloads: of sources that are no longer in the study.
REMOVED = "removed"


def set_source(path: Path, name: str, keys: Mapping[str, Any]) -> None:
    """Write keys of a source's table; keys that are not named stay.

    Parameters
    ----------
    path
        The study's `detente.toml`.
    keys
        Values by key; None takes the key away.
    """
    document = _read(path)
    sources = _table(document, "sources")
    table = _table(sources, name)
    for key, value in keys.items():
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value
    _write(path, document)


def add_csv(path: Path, name: str, keys: Mapping[str, Any], columns: Mapping[str, str]) -> None:
    """Write the table of a file of your own."""
    document = _read(path)
    table = _table(_table(_table(document, "sources"), "csv"), name)
    for key, value in keys.items():
        table[key] = value
    mapping = _table(table, "columns")
    for key, value in columns.items():
        mapping[key] = value
    _write(path, document)


def remove_source(path: Path, name: str) -> None:
    """Take a source's table out of the file.

    Raises
    ------
    UsageError
        The file names no such source.
    """
    if name == RECORDS:
        raise UsageError(
            "The records are files of data/raw/records; move the files away to leave them out."
        )
    document = _read(path)
    sources = document.get("sources", {})
    own = sources.get("csv", {})
    held = own if name in own else sources
    if name not in held:
        raise UsageError(f"{path} has no source {name}; `detente source list` shows what it has.")
    del held[name]
    _write(path, document)


def set_aside(downloads: Path, name: str) -> Path | None:
    """Move the downloads of a source where no run looks for them; return the new folder."""
    return _move(downloads / name, downloads.parent / REMOVED / name)


def restore_downloads(downloads: Path, name: str) -> Path | None:
    """Move the downloads of a source that was removed back to where a run finds them."""
    return _move(downloads.parent / REMOVED / name, downloads / name)


def _move(source: Path, target: Path) -> Path | None:
    """Move a folder into another, file by file where that is there; None if there is nothing."""
    if not source.is_dir():
        return None
    if source.is_symlink() and not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        _move_link(source, target)
        return target
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.iterdir()):
        place = target / path.name
        if path.is_dir():
            _move(path, place)
        elif path.is_symlink():
            place.unlink(missing_ok=True)
            _move_link(path, place)
        else:
            # Not a rename: one of the two may be a link to another disk.
            place.unlink(missing_ok=True)
            shutil.move(path, place)
    if source.is_symlink():
        source.unlink()
    else:
        source.rmdir()
    return target


def _move_link(source: Path, target: Path) -> None:
    """Move a link and leave what it leads to in its place, perhaps on another disk."""
    target.symlink_to(source.resolve())
    source.unlink()


def _read(path: Path) -> tomlkit.TOMLDocument:
    return tomlkit.parse(path.read_text(encoding="utf-8"))


def _table(parent: Any, name: str) -> Table:
    """Return a table inside another one, made where it is not there."""
    if name not in parent:
        inner = tomlkit.table(is_super_table=name in ("sources", "csv"))
        parent.append(name, inner)
    table: Table = parent[name]
    return table


def _write(path: Path, document: tomlkit.TOMLDocument) -> None:
    """Write the file if its new text is valid; otherwise leave it as it was."""
    before = path.read_text(encoding="utf-8")
    files.write(path, tomlkit.dumps(document))
    try:
        settings.load(path)
    except SettingsError:
        files.write(path, before)
        raise


def start_of(since: str) -> date:
    """Return the first day of a year, a month or a day as text.

    Raises
    ------
    UsageError
        It is none, or one to come.
    """
    parts = since.split("-")
    try:
        year, month, day = (int(part) for part in [*parts, "1", "1"][: max(3, len(parts))])
        found = date(year, month, day)
    except ValueError as error:
        raise UsageError(
            f"Expected a year, a month or a day, as 2020-01-31; got {since}."
        ) from error
    if found > clock.today():
        raise UsageError(f"Expected a day up to today, {clock.today()}; got {since}.")
    return found
