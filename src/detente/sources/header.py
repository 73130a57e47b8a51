"""The header of a provider's table, as whoever saved it last has left it.

Programs change case and spaces in names (`event_date`, `EVENT_DATE`, `event.date`), the order, the
separator, and add columns: a number of each row in front, empty ones at the end.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from detente.base.errors import RawFileError
from detente.sources import table_header
from detente.sources.table_header import key

# So large a part of the columns says that the table is meant to be the source's.
_MEANT = 0.5


@dataclass(frozen=True)
class Header:
    """A header that has every column that a source needs.

    Attributes
    ----------
    columns
        Every column in the file's order; those that the source knows have the source's names.
    separator
        What parts the fields.
    is_quoted
        The names stand in quotation marks, and so do the fields below them.
    """

    columns: tuple[str, ...]
    separator: str
    is_quoted: bool


def read(
    first_line: bytes,
    required: Collection[str],
    optional: Collection[str] = (),
    separators: Sequence[str] = (",", ";", "\t"),
) -> Header | None:
    """Read a header line; None if it is no such table's.

    Parameters
    ----------
    required, optional
        The columns that the source reads, by its own names.
    separators
        What may part the fields, the provider's own first.

    Raises
    ------
    RawFileError
        It lacks some of the columns, or has one of them twice.
    """
    text = first_line.decode("utf-8-sig", "replace").rstrip("\r\n")
    known = {key(name): name for name in (*required, *optional)}
    cells, separator = max(
        ((table_header.cells(text, one), one) for one in separators),
        key=lambda found: len({key(name) for name in found[0]} & known.keys()),
    )
    while cells and not cells[-1].strip():
        cells.pop()
    names = [known.get(key(name), name) for name in cells]
    lacking = [name for name in required if name not in names]
    if len(lacking) > _MEANT * len(required):
        return None
    if lacking:
        are = "column is" if len(lacking) == 1 else "columns are"
        raise RawFileError(
            f"{len(lacking)} {are} missing: {', '.join(lacking)}; expected all of "
            f"{', '.join(required)}"
        )
    if twice := sorted({name for name in known.values() if names.count(name) > 1}):
        raise RawFileError(f"a column is there more than once: {', '.join(twice)}")
    return Header(table_header.names(names), separator, text.startswith('"'))
