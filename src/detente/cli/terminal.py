"""Tables as text, for a terminal of any width."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import IO, Any

from rich.console import Console, JustifyMethod
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from detente.base.control_characters import plain_text
from detente.base.errors import UsageError
from detente.database import tables
from detente.database.answer import Answer

# Rows of a table that a person is shown unless told otherwise.
MOST_ROWS = 200
# A table needs the width of every row before it prints the first.
MOST_DRAWN = 20_000
# A longer text may be folded into so many letters a line; a name may not.
_FOLDED = 20
_BETWEEN = 3
# Marks, embeddings, overrides and isolates (Unicode Annex 9).
_TURNS = {
    code: f"\\u{code:04x}"
    for code in (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}
_ROW = "row"


class PlainConsole(Console):
    """Prints text whose control characters a terminal shows and does not obey.

    Titles, names of files and what a provider answers come from others, in whatever is printed.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(emoji=False, **options)  # `:x:` in a title is text

    def render_str(self, text: str, **options: Any) -> Text:
        """Return text with its markup, without control characters."""
        return super().render_str(plain_text(text), **options)


class UndirectedStream:
    """A terminal's stream without the characters that turn the direction of text.

    Rich, with which Typer shows what was typed wrongly, leaves them in.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write text."""
        return self._stream.write(text.translate(_TURNS))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class PlainStream:
    """Writes to a terminal what is meant for a program, without control characters."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write text without control characters; return how many characters were written."""
        return self._stream.write(plain_text(text))


def show(answer: Answer, console: Console) -> None:
    """Print a table; where its columns do not fit side by side, several that number the rows.

    Raises
    ------
    UsageError
        It has so many rows that drawing it would take minutes and gigabytes.
    """
    if answer.n_rows > MOST_DRAWN:
        raise UsageError(
            f"Expected at most {MOST_DRAWN} rows for a table, got {answer.n_rows}. Take them as "
            "CSV or JSON (--csv, --json, `.format csv` in the shell) or write a file with --output."
        )
    rows = [[_cell(value) for value in row] for row in answer.rows()]
    names = [plain_text(name) for name in answer.columns]
    groups = _side_by_side(names, rows, console.width)
    for group in groups:
        if group is not groups[0]:
            console.print()
        table = Table(show_edge=False, header_style="bold")
        if len(groups) > 1:
            table.add_column(_ROW, justify="right", style="dim")
        for place in group:
            justify: JustifyMethod = "right" if answer.numeric[place] else "left"
            table.add_column(escape(names[place]), justify=justify, overflow="fold")
        for position, row in enumerate(rows, start=1):
            numbered = [str(position)] if len(groups) > 1 else []
            table.add_row(*numbered, *(escape(row[place]) for place in group))
        console.print(table)


def _side_by_side(names: list[str], rows: list[list[str]], width: int) -> list[list[int]]:
    """Group columns, by their places, so that the names of a group fit into the width."""
    longest = [max((len(row[place]) for row in rows), default=0) for place in range(len(names))]
    wanted = [
        max(len(name), min(size, _FOLDED)) + _BETWEEN
        for name, size in zip(names, longest, strict=True)
    ]
    if sum(wanted) <= width:
        return [list(range(len(names)))]
    groups: list[list[int]] = []
    left = 0
    for place, one in enumerate(wanted):
        if one > left or not groups:
            groups.append([])
            left = width - max(len(_ROW), len(str(len(rows)))) - _BETWEEN
        groups[-1].append(place)
        left -= one
    return groups


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return "" if value != value else f"{value:.4g}" if abs(value) < 1e6 else f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(map(_cell, value))
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time() == time() else str(value)
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, timedelta):
        return tables.interval(value)
    return plain_text(str(value))
