"""Read a sheet of Excel as the comma-separated text that every other table is read from.

A cell is told as it shows where its identity depends on that: a code keeps the zeros in front that
its format gives it, a day is YYYY-MM-DD. Other numbers are told whole, not as their format rounds
them. A formula is its last computed value.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, Any

from detente.base.errors import RawFileError

SUFFIX = ".xlsx"
# Excel ends at 1,048,576 rows. All but the sheets is held in memory.
MAX_SHEETS = 4 << 30
MAX_HELD = 512 << 20
MAX_RATIO = 200
SMALL = 1 << 20
_ROWS_AT_ONCE = 1000
_ZEROS = re.compile(r"0+")


@contextmanager
def opened(path: Path, sheet: str = "") -> Iterator[IO[bytes]]:
    """Open one sheet as UTF-8 text, a row a line; an empty row is an empty line.

    Parameters
    ----------
    sheet
        Name of the sheet; empty for the first one.

    Raises
    ------
    RawFileError
        The file is no workbook, is damaged, exceeds the bounds, or has no sheet of that name.
    """
    # The reader leaves a file of its own open where it stumbles.
    with path.open("rb") as file:
        book = _book(path, file)
        tables = {table.title: table for table in book.worksheets}
        if not tables:
            raise RawFileError(f"{path.name}: expected a sheet with cells; the workbook has none.")
        if sheet and sheet not in tables:
            raise RawFileError(
                f"{path.name}: expected a sheet named {sheet!r}, the workbook has "
                f"{', '.join(tables)}. Correct `sheet` in the settings."
            )
        table = tables[sheet] if sheet else next(iter(tables.values()))
        table.reset_dimensions()  # what a file says of its own size is not relied upon
        with io.BufferedReader(_Text(_texts(path, table.iter_rows()))) as stream:
            yield stream


def sheets(path: Path) -> tuple[str, ...]:
    """Return the names of the sheets that hold cells, in order.

    Raises
    ------
    RawFileError
        The file is no workbook, is damaged, or exceeds the bounds.
    """
    with path.open("rb") as file:
        return tuple(table.title for table in _book(path, file).worksheets)


def _book(path: Path, file: IO[bytes]) -> Any:
    try:
        with zipfile.ZipFile(file) as packed:
            _check(path, packed)
        # Parts of a workbook that the reader does not know are no matter here.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            import openpyxl  # an extra: a study without sheets does without

            return openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except (RawFileError, ModuleNotFoundError):
        raise
    # The reader raises whatever it stumbles upon: KeyError, ValueError, errors of XML and of zip.
    except Exception as error:
        # It wraps what it stumbled upon in general advice of several lines; the cause says more.
        cause = error.__cause__ or error.__context__ or error
        raise RawFileError(f"{path.name}: cannot be read as a workbook: {cause}") from error


def _check(path: Path, packed: zipfile.ZipFile) -> None:
    """Hold what the members say they unpack to against the bounds; more is never unpacked."""
    held = sheets = 0
    for member in packed.infolist():
        if member.flag_bits & 0x1:
            raise RawFileError(f"{path.name}: the workbook is encrypted.")
        if member.file_size > SMALL and member.file_size > MAX_RATIO * max(member.compress_size, 1):
            raise RawFileError(
                f"{path.name}: {member.filename} unpacks to {member.file_size} bytes from "
                f"{member.compress_size}; the bound is {MAX_RATIO} to 1."
            )
        if member.filename.startswith("xl/worksheets/"):
            sheets += member.file_size
        else:
            held += member.file_size
    if held > MAX_HELD or sheets > MAX_SHEETS:
        raise RawFileError(
            f"{path.name}: unpacks to {sheets} bytes of sheets and {held} of other parts; the "
            f"bounds are {MAX_SHEETS} and {MAX_HELD}."
        )


def _texts(path: Path, rows: Iterator[Any]) -> Iterator[bytes]:
    """Yield the text of some rows at a time."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    width = 0
    try:
        while True:
            n = 0
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                for row in rows:
                    fields = [shown(cell.value, cell.number_format) for cell in row]
                    while fields and not fields[-1]:
                        fields.pop()
                    width = width or len(fields)
                    if fields:
                        # A row ends with its last cell; the first row says how many there are.
                        writer.writerow(fields + [""] * (width - len(fields)))
                    else:
                        buffer.write("\n")
                    n += 1
                    if n == _ROWS_AT_ONCE:
                        break
            if not n:
                return
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    # See above: the reader raises whatever it stumbles upon.
    except Exception as error:
        raise RawFileError(f"{path.name}: the sheet is damaged: {error}") from error


def shown(value: object, number_format: str | None = None) -> str:
    """Return the text of a cell, on one line.

    Parameters
    ----------
    value
        What the cell holds.
    number_format
        Its format as Excel writes it: '000' shows 42 as 042.
    """
    text = ""
    if isinstance(value, bool):
        text = str(value).upper()
    elif isinstance(value, int | float):
        # Excel holds 15 digits.
        text = format(value, ".15g") if isinstance(value, float) else str(value)
        if number_format and _ZEROS.fullmatch(number_format) and text.isdigit():
            text = text.zfill(len(number_format))
    elif isinstance(value, datetime):
        # Excel has no day without a time; midnight stands for the day.
        is_day = value.time() == time()
        text = value.date().isoformat() if is_day else value.isoformat(timespec="seconds")
    elif isinstance(value, date | time):
        text = value.isoformat()
    elif value is not None:
        text = str(value)
        text = " ".join(text.split()) if any(one in text for one in "\n\r\t") else text.strip()
    return text


class _Text(io.RawIOBase):
    """The pieces of a text as a stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = next(self._pieces, b"")
        n = min(len(buffer), len(self._rest))
        buffer[:n], self._rest = self._rest[:n], self._rest[n:]
        return n
