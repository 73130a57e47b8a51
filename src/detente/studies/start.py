"""Write a study into an empty folder."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from detente.base import clock, files
from detente.base.errors import UsageError
from detente.records import reference
from detente.settings import FILE_NAME
from detente.studies import edit, text
from detente.studies.columns import Proposal
from detente.studies.sheet import Sheet
from detente.studies.text import Outline

RECORDS = Path("data/raw/records")
OWN_FILES = Path("data/raw/own")
REFERENCE = Path("data/raw/reference")


@dataclass(frozen=True)
class OwnFile:
    """A table of your own and what its columns mean."""

    sheet: Sheet
    proposal: Proposal
    sheet_name: str = ""
    encoding: str = ""

    @property
    def name(self) -> str:
        """The source's name, made from the file's."""
        words = re.sub(r"[^a-z0-9]+", "_", self.sheet.path.stem.lower()).strip("_")
        return words if re.match(r"[a-z]", words) else f"file_{words}".rstrip("_")


def demand_empty(folder: Path) -> None:
    """Make sure that no study is there yet.

    Raises
    ------
    UsageError
        The folder has a `detente.toml`.
    """
    if (folder / FILE_NAME).exists():
        raise UsageError(
            f"{folder / FILE_NAME} is there already. Choose another folder with --folder, or edit "
            "the file; `detente source add` adds a source to it."
        )


def write(
    folder: Path, outline: Outline, sources: Mapping[str, date], own: OwnFile | None = None
) -> list[Path]:
    """Write the settings, an empty file of records and its sidecar.

    Parameters
    ----------
    sources
        The first day that is asked for, by source.
    own
        A table of events of your own; it is copied into the study.

    Returns
    -------
    list of Path
        The files, the settings first.
    """
    demand_empty(folder)
    folder.mkdir(parents=True, exist_ok=True)
    settings_file = folder / FILE_NAME
    settings_file.write_text(text.settings_text(outline), encoding="utf-8")
    try:
        for name, since in sources.items():
            edit.set_source(settings_file, name, {"enabled": True, "start": since})
        written = [settings_file, *_records(folder, outline)]
        return [*written, *(_own(folder, own) if own else [])]
    except BaseException:
        settings_file.unlink()
        raise


def _records(folder: Path, outline: Outline) -> list[Path]:
    place = folder / RECORDS
    place.mkdir(parents=True, exist_ok=True)
    rows, sidecar = place / "events.csv", place / "events.toml"
    if not rows.exists():
        rows.write_text(text.records_text(), encoding="utf-8")
    if not sidecar.exists():
        sidecar.write_text(text.sidecar_text(outline, clock.today()), encoding="utf-8")
    return [rows, sidecar]


def _own(folder: Path, own: OwnFile) -> list[Path]:
    """Copy a table into the study and write down what its columns mean."""
    place = folder / OWN_FILES / own.sheet.path.name
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(own.sheet.path, place)
    proposal = own.proposal
    keys: dict[str, object] = {
        "path": place.relative_to(folder).as_posix(),
        "covers_from": proposal.days[0],
        "date_format": proposal.date_format,
        "naming": "name",
        "title": own.sheet.path.stem,
    }
    keys |= {"encoding": own.encoding} if own.encoding else {}
    keys |= {"sheet": own.sheet_name} if own.sheet_name else {}
    keys |= {"cameo_code": proposal.cameo_code} if proposal.cameo_code else {}
    edit.add_csv(folder / FILE_NAME, own.name, keys, proposal.columns)
    return [place, *_aliases(folder, proposal)]


def _aliases(folder: Path, proposal: Proposal) -> list[Path]:
    """Add the file's own words for actors to those that the reference tables know."""
    own = folder / REFERENCE
    known = _names(own, "actors.csv") | _names(own, "actor_aliases.csv")
    new = {word: iso3 for word, iso3 in proposal.words.items() if word not in known}
    if not new:
        return []
    before = reference.table_path(own, "actor_aliases.csv").read_text(encoding="utf-8")
    lines = io.StringIO(newline="")
    csv.writer(lines, lineterminator="\n").writerows(sorted(new.items()))
    own.mkdir(parents=True, exist_ok=True)
    path = own / "actor_aliases.csv"
    files.write(path, before.rstrip("\n") + "\n" + lines.getvalue())
    return [path]


def _names(folder: Path, table: str) -> set[str]:
    with reference.table_path(folder, table).open(encoding="utf-8", newline="") as stream:
        return {row["name"] for row in csv.DictReader(stream)}


def summary(paths: Sequence[Path], folder: Path) -> list[str]:
    """Return the paths of a new study as they are told: below its folder."""
    return [path.relative_to(folder).as_posix() for path in paths]
