"""The lines and fields of a CSV of records.

A record stands on one physical line; a quote that is left open spoils its own line only.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable

from detente.records.record import COMMON_COLUMNS, BadValue
from detente.records.sidecar import Sidecar


def physical_lines(content: bytes) -> Iterable[tuple[int, bytes]]:
    """Yield each line that holds anything with its number from 1, whatever ends the lines."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    for number, line in enumerate(content.splitlines(), start=1):
        if line.strip(b" \t,"):
            yield number, line


def text_of(raw: bytes) -> str:
    """Keep any bytes as text that can be stored and read back by eye."""
    return raw.decode("utf-8", errors="backslashreplace").replace("\x00", "\\x00")


def _decode(raw: bytes) -> str:
    if b"\x00" in raw:
        raise BadValue(None, None, "expected text, got a NUL byte: save the file as CSV in UTF-8")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadValue(
            None,
            None,
            f"expected UTF-8 text, byte {error.start + 1} of the line is not: save as UTF-8",
        ) from None


def _cells(raw: bytes) -> list[str]:
    try:
        return next(csv.reader([_decode(raw)], strict=True))
    except csv.Error as error:
        raise BadValue(
            None,
            None,
            f"not a CSV line ({error}): a record stands on one line, a field that holds a comma or "
            'a quote is quoted, and a quote inside is doubled ("")',
        ) from None


def header_of(
    lines: list[tuple[int, bytes]], sidecar: Sidecar
) -> tuple[int, list[str], str | None]:
    """Return the header's line, its columns, and what is wrong with it, if anything is."""
    if not lines:
        return 0, [], "the file is empty: expected a header line"
    row, raw = lines[0]
    try:
        header = [cell.strip() for cell in _cells(raw)]
    except BadValue as bad:
        return row, [], f"the header (line {row}) cannot be read: {bad.reason}"
    for sign, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and header[0].count(sign) > 1:
            problem = f"the header (line {row}) has {name} between its columns"
            return row, header, f"{problem}: save the file as CSV with commas"
    columns = sidecar.all_columns
    known = [*COMMON_COLUMNS, *columns]
    optional = {name for name, column in columns.items() if not column.required}
    missing = [name for name in known if name not in header and name not in optional]
    unknown = [name for name in header if name not in known]
    double = sorted({name for name in header if header.count(name) > 1})
    faults = [
        f"{word} {', '.join(repr(name) for name in names)}"
        for word, names in (("lacks", missing), ("has unknown", unknown), ("repeats", double))
        if names
    ]
    if faults:
        return (
            row,
            header,
            f"the header (line {row}) {'; '.join(faults)}. Expected: {','.join(known)}",
        )
    return row, header, None


def fields_of(raw: bytes, header: list[str]) -> dict[str, str]:
    """Return the fields of a line by column.

    Raises
    ------
    BadValue
        It is no line of CSV in UTF-8, or has another number of fields than the header.
    """
    cells = _cells(raw)
    if len(cells) != len(header):
        raise BadValue(
            None,
            None,
            f"expected {len(header)} fields, got {len(cells)}: a field with a comma is quoted",
        )
    return {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
