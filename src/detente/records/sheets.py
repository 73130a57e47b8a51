"""The files of records in a folder, and their text: CSV, or a sheet of Excel read as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from detente.base import files
from detente.base.errors import RawFileError
from detente.sources import workbook

SUFFIXES = (".csv", workbook.SUFFIX)
# Tables that people keep and that are not read here: to skip one in silence would lose its records.
_OTHER_TABLES = {".ods", ".xls", ".xlsb", ".xlsm", ".numbers", ".tsv"}


def paths(folder: Path) -> list[Path]:
    """Return the files of records in a folder, sorted; a spreadsheet's lock file is none.

    Raises
    ------
    RawFileError
        A table is of another kind, is no ordinary file or has a name that is no text, or one name
        stands for a CSV file and a sheet.
    """
    found = sorted(path for path in _visible(folder) if path.suffix.lower() in SUFFIXES)
    for path in found:
        # A pipe would be waited for without end.
        if not path.is_file() or not files.has_plain_name(path):
            raise RawFileError(
                f"{files.shown(path)}: expected an ordinary file of records with a name in UTF-8. "
                "Rename or remove it."
            )
    for path in _visible(folder):
        if path.suffix.lower() in _OTHER_TABLES:
            raise RawFileError(
                f"{path}: expected a file of records as .csv or {workbook.SUFFIX}. Save it as "
                f"{path.stem}{workbook.SUFFIX} in your spreadsheet program and remove this file."
            )
    by_name: dict[str, Path] = {}
    for path in found:
        if other := by_name.get(path.stem):
            raise RawFileError(
                f"{path}: {other.name} has the same name, and they would share one sidecar. "
                "Remove or rename one of them."
            )
        by_name[path.stem] = path
    return found


def content(path: Path) -> bytes:
    """Return a file as CSV in UTF-8; of a workbook the first sheet, with its row numbers kept.

    Raises
    ------
    RawFileError
        It is no workbook, is damaged, or unpacks to more than the bounds allow.
    """
    if path.suffix.lower() != workbook.SUFFIX:
        return path.read_bytes()
    with workbook.opened(path) as stream:
        return stream.read()


def write(path: Path, text: str) -> None:
    """Write CSV text to a file, or to a sheet of text cells where the name ends in .xlsx.

    Text cells keep what a spreadsheet would change: 046 stays 046, a day stays as written.
    """
    if path.suffix.lower() != workbook.SUFFIX:
        path.write_text(text, encoding="utf-8")
        return
    from openpyxl import Workbook  # an extra: a study without sheets does without

    book = Workbook()
    sheet = book.active
    for row in csv.reader(io.StringIO(text)):
        sheet.append(row)
    for cell in (cell for row in sheet.iter_rows() for cell in row):
        cell.number_format, cell.data_type = "@", "s" if cell.value else cell.data_type
    sheet.freeze_panes = "A2"
    book.save(path)


def _visible(folder: Path) -> Iterable[Path]:
    return (path for path in folder.glob("*") if not path.name.startswith(("~$", ".")))
