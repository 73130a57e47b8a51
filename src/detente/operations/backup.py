"""Back up a study as a folder, and restore it anywhere: another path, another machine.

A backup holds the study's files under their own paths, relative to the study, and a list of them
with sizes and checksums (`backup.json`). Downloads, which can be fetched again as long as their
provider keeps them, may be listed only.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ValidationError

import detente
from detente import settings as study_settings
from detente.base import clock, files
from detente.base.errors import DetenteError, UsageError
from detente.base.progress import Progress, Quiet
from detente.base.toml_models import in_words
from detente.refresh import publish
from detente.settings import FILE_NAME, Settings
from detente.store import manifest
from detente.store.events import Store

LIST = "backup.json"
# A folder within the new study's, while it is being restored.
RESTORING = ".restoring"
# Of the list. A later version that changes it reads this one.
VERSION = 1


@dataclass(frozen=True)
class File:
    """A file of a study.

    Attributes
    ----------
    path
        Relative to the study's folder.
    is_here
        Whether the backup holds it; a download may be listed only.
    """

    path: str
    bytes: int
    sha256: str
    is_here: bool = True


class _List(BaseModel):
    """The list as JSON holds it; what a later version adds to it is passed over."""

    version: int
    files: tuple[File, ...]
    outside: tuple[str, ...]


@dataclass(frozen=True)
class Backup:
    """What a backup holds. `outside` are files that it does not: elsewhere, or of no plain name."""

    files: tuple[File, ...]
    outside: tuple[str, ...] = ()

    @property
    def n_bytes(self) -> int:
        """The size of what it holds."""
        return sum(one.bytes for one in self.files if one.is_here)


def write(
    settings: Settings,
    folder: Path,
    *,
    with_downloads: bool = True,
    wait_seconds: float = 0.0,
    progress: Progress | None = None,
) -> Backup:
    """Copy a study into a new folder; no refresh runs meanwhile.

    Parameters
    ----------
    with_downloads
        Copy what was fetched from providers; else only list it.

    Raises
    ------
    UsageError
        The folder is there and not empty, cannot be made, or lies within the study's data.
    Busy
        A refresh is running and did not end in time.
    DetenteError
        A file of the event store is not as it was written.
    """
    _demand_empty(folder)
    inside = (settings.raw, settings.processed, *_by_hand(settings))
    if any(folder.resolve().is_relative_to(one.resolve()) for one in inside):
        raise UsageError(f"{folder} lies within the study's data; write the backup elsewhere.")
    with publish.only_writer(settings.processed, wait_seconds):
        damaged = Store(settings).damaged()
        if damaged:
            raise DetenteError(
                f"{damaged[0]}: expected a file of the event store as it was written. A backup of "
                "it would be damaged too. `detente rebuild` loads the store again."
            )
        _make(folder)
        paths = list(_paths(settings))
        # What others share is not this study's to copy; it stays where it is.
        copied, outside = [], [settings.store.url] if settings.store.is_remote else []
        for path in (progress or Quiet()).track(iter(paths), "Copying", len(paths)):
            if not path.is_relative_to(settings.home) or not files.has_plain_name(path):
                outside.append(files.shown(path))
                continue
            is_here = with_downloads or not path.is_relative_to(settings.downloads)
            copied.append(_copied(path, settings.home, folder, is_here=is_here))
    backup = Backup(tuple(copied), tuple(outside))
    _write_list(folder, settings.study.name, backup)
    return backup


def _paths(settings: Settings) -> Iterator[Path]:
    """Yield every file that the study is made of, once."""
    home = settings.home
    seen: set[Path] = set()
    own = [home / one.path for one in settings.sources.csv.values()]
    everything = [home / FILE_NAME, *own]
    for folder in (settings.raw, *_by_hand(settings)):
        everything += files.below(folder)
    everything += sorted(settings.processed.glob("detente*.duckdb"))
    everything += sorted((settings.processed / "runs").glob("*.json"))
    store = Store(settings)
    if store.exists() and not store.place.is_shared:
        held = store.manifest()
        needed = {*held.paths, *held.retired}
        everything += [settings.events / name for name in (manifest.NAME, *sorted(needed))]
    for path in everything:
        if path.is_file() and path not in seen:
            seen.add(path)
            yield path


def _by_hand(settings: Settings) -> tuple[Path, ...]:
    return settings.specs, settings.home / settings.paths.queries


def _copied(path: Path, home: Path, folder: Path, *, is_here: bool) -> File:
    name = path.relative_to(home).as_posix()
    if not is_here:
        return File(name, path.stat().st_size, files.digest(path), is_here=False)
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)
    # Of the copy: what is checked later is what was written.
    return File(name, target.stat().st_size, files.digest(target))


def _write_list(folder: Path, name: str, backup: Backup) -> None:
    content = {
        "version": VERSION,
        "study": name,
        "written_at": f"{clock.second()}Z",
        "detente": detente.__version__,
        "files": [asdict(one) for one in backup.files],
        "outside": list(backup.outside),
    }
    text = json.dumps(content, indent=1, ensure_ascii=False)
    files.write(folder / LIST, text, is_durable=True)


def read_list(folder: Path) -> Backup:
    """Return what a backup says that it holds.

    Raises
    ------
    UsageError
        There is no list, a newer version wrote it, it lacks the settings, or it names a file
        outside the study.
    """
    path = folder / LIST
    try:
        found = _List.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        reason = (
            error.strerror if isinstance(error, OSError) else in_words(error.errors()[0]["msg"])
        )
        raise UsageError(
            f"{folder}: expected a backup with its list {LIST}, as `detente export FOLDER` writes "
            f"it: {reason}."
        ) from error
    if found.version > VERSION:
        raise UsageError(
            f"{path}: expected version {VERSION} or older, got {found.version}: "
            "a newer detente wrote it. Restore it with that version."
        )
    for one in found.files:
        parts = PurePosixPath(one.path)
        if parts.is_absolute() or ".." in parts.parts:
            raise UsageError(f"{path}: expected a path within the study, got {one.path}.")
    if not any(one.path == FILE_NAME and one.is_here for one in found.files):
        raise UsageError(f"{path}: expected a list with the settings, {FILE_NAME}.")
    return Backup(found.files, found.outside)


def damaged(folder: Path, backup: Backup) -> list[str]:
    """Return the files of a backup that are gone or not as they were written."""
    return [one.path for one in backup.files if one.is_here and not _is_whole(folder, one)]


def _is_whole(folder: Path, one: File) -> bool:
    path = folder / one.path
    try:
        return path.stat().st_size == one.bytes and files.digest(path) == one.sha256
    except (OSError, ValueError):  # is none, or has a name that no file can have
        return False


def restore(folder: Path, target: Path, progress: Progress | None = None) -> Settings:
    """Restore a backup into a new folder; the study is there whole or not at all.

    Returns
    -------
    Settings
        Of the restored study.

    Raises
    ------
    UsageError
        The target is not empty, or the folder is no backup that this version reads.
    DetenteError
        A file of the backup is gone or damaged; nothing was restored.
    """
    backup = read_list(folder)
    _demand_empty(target)
    wrong = damaged(folder, backup)
    if wrong:
        raise DetenteError(
            f"{folder / wrong[0]}: expected the file as the backup lists it"
            f"{f' ({len(wrong)} files are damaged)' if len(wrong) > 1 else ''}. Nothing was "
            "restored; take another backup."
        )
    study_settings.load(folder / FILE_NAME)
    _make(target)
    building = target / RESTORING
    shutil.rmtree(building, ignore_errors=True)
    here = [one for one in backup.files if one.is_here]
    try:
        for one in (progress or Quiet()).track(iter(here), "Restoring", len(here)):
            (building / one.path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / one.path, building / one.path)
        # Within the folder, which may be a disk of its own. The settings come last: without them
        # it is no study.
        for path in sorted(building.iterdir(), key=lambda one: one.name == FILE_NAME):
            path.replace(target / path.name)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return study_settings.load(target / FILE_NAME)


def missing(backup: Backup) -> Iterable[str]:
    """Return the downloads that a backup lists and does not hold."""
    return (one.path for one in backup.files if not one.is_here)


def _demand_empty(folder: Path) -> None:
    """Let pass a folder that is not there, or holds at most what a killed restoration left."""
    if folder.exists() and (
        not folder.is_dir() or any(one.name != RESTORING for one in folder.iterdir())
    ):
        raise UsageError(f"{folder}: expected a new or an empty folder.")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"{folder}: expected a folder that can be made: {error.strerror}."
        ) from error
