"""Studies that detente brings along, to look at and to start from."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from detente.base import assets
from detente.base.errors import UsageError
from detente.settings import FILE_NAME


@dataclass(frozen=True)
class Example:
    """A study of the package.

    Attributes
    ----------
    name
        As the command line takes it.
    parts
        Its files and folders, below the package's assets and, alike, below the study's folder.
    """

    name: str
    parts: tuple[str, ...]

    @property
    def title(self) -> str:
        """What it is about, in words of its own settings."""
        text = (assets.root() / FILE_NAME).read_text(encoding="utf-8")
        study = tomllib.loads(text)["study"]
        return (
            f"{study['name']}, since {study['start'].year}: {', '.join(study['actors'])}, with "
            "hand-kept records, questions and a case study"
        )

    def files(self) -> Iterator[tuple[Path, str]]:
        """Yield each file, and where it goes in the study's folder."""
        for part in self.parts:
            place = assets.root() / part
            for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
                if path.is_file():
                    yield path, path.relative_to(assets.root()).as_posix()


EXAMPLES = {
    one.name: one
    for one in (
        Example("northeast-asia", (FILE_NAME, "data/raw/records", "reports/specs", "queries")),
    )
}


def copy(name: str, folder: Path) -> list[Path]:
    """Write a study of the package into a folder and return its files.

    Raises
    ------
    UsageError
        There is no such example.
    """
    if name not in EXAMPLES:
        raise UsageError(f"Expected an example of {', '.join(EXAMPLES)}, got {name!r}.")
    written = []
    for path, place in EXAMPLES[name].files():
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        written.append(target)
    return written
