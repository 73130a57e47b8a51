"""What lies beside the folders of the sources among the downloads, so that no source reads it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from detente import sources
from detente.base import files
from detente.base.counted import counted
from detente.database.builder import Warehouse
from detente.settings import Settings
from detente.store.events import LOADED, Store

# A folder for copies of the providers' lists.
_LISTS = "lists"


@dataclass(frozen=True)
class Stray:
    """A file or folder that no source reads, why, and what to do."""

    path: Path
    problem: str
    remedy: str

    @property
    def shown(self) -> str:
        """The path as text."""
        return files.shown(self.path)

    def __str__(self) -> str:
        return f"{self.shown}: {self.problem}; {self.remedy}"


def found(settings: Settings) -> Iterator[Stray]:
    """Yield what lies in the folder of downloads itself and is no folder of a source in use."""
    if not settings.downloads.is_dir():
        return
    known = set(sources.known(settings, keep_lists=False))
    loaded = set(Store(settings).manifest().recipes)
    for path in sorted(settings.downloads.iterdir()):
        name = path.name
        if name.startswith(".") or name in {_LISTS, *loaded}:
            continue
        if not path.is_dir():
            yield Stray(path, "lies in no folder of a source", "move it into that of its source")
        elif (name not in known or not settings.sources.is_enabled(name)) and (n := _held(path)):
            yield _folder(path, counted(n, "file"), known)


def _folder(path: Path, held: str, known: set[str]) -> Stray:
    if path.name in known:
        return Stray(
            path,
            f"{held} of a source that is not switched on",
            f"`detente source add {path.name}` switches it on",
        )
    near = difflib.get_close_matches(path.name.lower(), sorted(known), n=1)
    remedy = f"call it {near[0]}" if near else "give it the name of its source"
    return Stray(path, f"{held} in a folder that has no source's name", remedy)


def _held(folder: Path) -> int:
    return sum(not one.name.startswith(".") for one in files.below(folder))


def of_nothing_loaded(settings: Settings, names: Sequence[str]) -> list[str]:
    """Return what to say of strays where nothing of one of these sources is loaded."""
    strays = [str(one) for one in found(settings)]
    if not strays:
        return []
    with Warehouse() as warehouse:
        there = {name for (name,) in Store(settings).states(warehouse, ["source"], status=LOADED)}
    return strays if set(names) - there else []
