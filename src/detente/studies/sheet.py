"""A table of events as text: out of a file of separated values, or out of a sheet of Excel."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from detente.base import files
from detente.base.errors import UsageError
from detente.sources import table_header, workbook
from detente.sources.encoding import WINDOWS, detected


@dataclass(frozen=True)
class Sheet:
    """A table as text.

    Attributes
    ----------
    n_above
        Lines of titles and notes above the header; blank ones do not count.
    name, others
        Of a workbook: the sheet that was read, and its other sheets.
    """

    path: Path
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    separator: str
    encoding: str = "utf-8"
    n_above: int = 0
    name: str = ""
    others: tuple[str, ...] = ()

    @property
    def guessed(self) -> str | None:
        """The first text whose letters rest on a guess of the code page; None if none does."""
        if self.encoding != WINDOWS:
            return None
        cells = (cell for row in (self.header, *self.rows) for cell in row)
        return next((cell for cell in cells if not cell.isascii()), None)

    def column(self, name: str) -> list[str]:
        """Return the values of a column, without empty ones."""
        place = self.header.index(name)
        values = (row[place].strip() for row in self.rows if len(row) > place)
        return [value for value in values if value]


def read(path: Path, sheet: str = "", encoding: str = "") -> Sheet:
    """Read a table of separated text or a sheet of Excel.

    Parameters
    ----------
    encoding
        Of the text; empty to find it by its mark and its bytes, as a refresh does.

    Raises
    ------
    UsageError
        There is no such file, or it holds no rows under a header.
    """
    if not path.is_file():
        raise UsageError(
            f"Expected a table of events as CSV or .xlsx, got {path}: {files.why_absent(path)}."
        )
    text, read_as = _text(path, sheet, encoding)
    separator = table_header.separator(text)
    rows = [tuple(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator)]
    rows = [row for row in rows if any(row)]
    n_above = table_header.guessed(rows)
    if len(rows) < n_above + 2:
        what = "a header alone" if rows else "no line"
        raise UsageError(f"{path}: expected a header and at least one row, got {what}.")
    header = table_header.names(rows[n_above])
    names = workbook.sheets(path) if path.suffix.lower() == workbook.SUFFIX else ()
    return Sheet(
        path,
        header,
        tuple(rows[n_above + 1 :]),
        separator,
        read_as,
        n_above,
        sheet or next(iter(names), ""),
        tuple(one for one in names if one != (sheet or names[0])),
    )


def _text(path: Path, sheet: str, encoding: str) -> tuple[str, str]:
    """Return the text of a file and the encoding in which it was read."""
    try:
        if path.suffix.lower() == workbook.SUFFIX:
            with workbook.opened(path, sheet) as stream:
                return stream.read().decode("utf-8-sig"), "utf-8"
        content = path.read_bytes()
        chosen = encoding or detected([content])[0]
        return content.decode(chosen).removeprefix("\ufeff"), chosen
    except (UnicodeError, LookupError) as error:
        raise UsageError(
            f"{path}: expected text in {encoding or 'UTF-8, UTF-16 or Windows-1252'} ({error}). "
            "Name the code page with --encoding, for instance cp1251 or shift_jis."
        ) from error
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}).") from error
