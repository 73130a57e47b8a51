"""A small study of a test's own: its settings, its records and their sidecar."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from unittest import mock

from detente import settings
from detente.database.builder import Warehouse
from detente.database.published import Published
from detente.settings import Settings

ROOT = Path(__file__).resolve().parents[2]

# The fixtures `line`, `write_study` and `make_study`.
Line = Callable[..., str]
MakeStudy = Callable[..., Settings]
# Lines of one file, or files by name.
Records = dict[str, Iterable[str] | bytes] | Iterable[str]

HEADER = (
    "record_id,event_date,end_date,actor1,actor2,cameo_code,reverse_cameo_code,category,title,"
    "source_name,source_url"
)
NO_INFERENCE = "[inference]\nenabled = false\n"
MEETINGS = '[categories]\nsummit = "a meeting"\n'
MEETINGS_AND_SANCTIONS = MEETINGS + 'sanction = "a sanction"\n'


def study_table(start: str, *actors: str) -> str:
    """Return the table `[study]` of a file of settings; Japan and South Korea are in focus."""
    names = ", ".join(f'"{one}"' for one in actors)
    return (
        f'[study]\nname = "Test"\nstart = {start}\nactors = [{names}]\n'
        'focal_dyad = ["JPN", "KOR"]\n'
    )


def sidecar_text(covers_from: str, covers_to: str, rest: str = MEETINGS) -> str:
    """Return the file that describes a file of records."""
    return (
        'title = "Meetings"\ncovers = "what the tests need"\nleaves_out = "everything else"\n'
        'producer = "the tests"\nlicence = "CC0"\nchecked = 2026-01-01\n'
        f"covers_from = {covers_from}\ncovers_to = {covers_to}\n{rest}"
    )


STUDY = study_table("1998-01-01", "JPN", "KOR", "PRK") + NO_INFERENCE
SIDECAR = sidecar_text("1998-01-01", "2025-12-31", MEETINGS_AND_SANCTIONS)


def record_line(
    record_id: str,
    day: date | str,
    actor1: str = "KOR",
    actor2: str = "JPN",
    code: str = "042",
    reverse: str = "043",
    category: str = "summit",
    title: str = "A visit",
) -> str:
    """Return one line of a file of records."""
    return (
        f"{record_id},{day},,{actor1},{actor2},{code},{reverse},{category},{title},"
        "Ministry,https://example.org/"
    )


def meetings_and_later_acts(last_meeting: int, code: str, reverse: str, category: str) -> list[str]:
    """Return a meeting every third month from 1998 on, and an act in most months from 2012 on."""
    meetings = [
        record_line(f"m-{year}-{month}", f"{year}-{month:02d}-{10 + (year * month) % 17}")
        for year in range(1998, last_meeting + 1)
        for month in (1, 4, 7, 10)
    ]
    acts = [
        record_line(
            f"a-{year}-{month}",
            f"{year}-{month:02d}-{10 + (year + month) % 5}",
            code=code,
            reverse=reverse,
            category=category,
        )
        for year in range(2012, 2026)
        for month in range(1, 13)
        if (year + month) % 7
    ]
    return meetings + acts


def write_study(
    folder: Path, records: Records = (), toml: str = STUDY, sidecar: str = SIDECAR
) -> Settings:
    """Write a study with the given records and the project's reference tables.

    Parameters
    ----------
    folder
        Where the study is to live.
    records
        Lines of a file of records, or files by name: their lines, or all their bytes.
    toml
        The settings.
    sidecar
        What describes each file of records.

    Returns
    -------
    Settings
        The settings as they are read back.
    """
    raw = folder / "data" / "raw"
    (raw / "records").mkdir(parents=True, exist_ok=True)
    if not (raw / "reference").exists():
        shutil.copytree(ROOT / "data" / "raw" / "reference", raw / "reference")
    files = records if isinstance(records, dict) else {"meetings": records}
    for name, content in files.items():
        path = raw / "records" / f"{name}.csv"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text("\n".join([HEADER, *content, ""]), encoding="utf-8")
        path.with_suffix(".toml").write_text(sidecar, encoding="utf-8")
    (folder / "detente.toml").write_text(toml, encoding="utf-8")
    return settings.load(folder / "detente.toml")


_comment = Warehouse.comment


@contextmanager
def described() -> Iterator[None]:
    """Have what is built in the block describe its tables and columns, as every refresh does."""
    with mock.patch.object(Warehouse, "comment", _comment):
        yield


def query(study: Settings, statement: str) -> list[tuple[Any, ...]]:
    """Ask the study's published database."""
    with Published(study.database) as database:
        return database.rows(statement)
