"""What every command prints with: data to standard output, words to standard error."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING

from rich.markup import escape

from detente.base.counted import counted
from detente.base.errors import UsageError
from detente.cli import terminal
from detente.cli.choices import Format
from detente.cli.terminal import PlainConsole, PlainStream
from detente.database import tables
from detente.database.answer import Answer
from detente.database.sandbox import Sandbox

if TYPE_CHECKING:
    import pandas as pd

    from detente.cli.remembered import Reading
    from detente.database.published import Published

# Data goes to standard output, everything said about it to standard error.
out = PlainConsole(soft_wrap=True)
err = PlainConsole(stderr=True, soft_wrap=True)


def announce(line: str) -> None:
    """Announce a step, unless the log on standard error does."""
    if not logs_json():
        err.print(escape(line), highlight=False)


def logs_json() -> bool:
    """Say whether the log on standard error is JSON."""
    return os.environ.get("DETENTE_LOG", "").lower() == "json"


def open_database(published: Reading, beside: Mapping[str, Path] | None = None) -> Published:
    """Open the published database, with CSV files beside it."""
    from detente.database.published import Published

    return Published(published.database, published.memory_limit, beside)


def open_sandbox(published: Reading, beside: Mapping[str, Path] | None = None) -> Sandbox:
    """Open the published database for ad-hoc questions, which is quicker."""
    return Sandbox(
        published.database,
        published.memory_limit,
        beside=beside,
        is_remote=published.is_remote,
    )


def table_format(as_csv: bool, as_json: bool) -> Format:
    """Return the one format that `--csv` and `--json` ask for."""
    if as_csv and as_json:
        raise UsageError("Expected one of --csv and --json, got both.")
    return Format.csv if as_csv else Format.json if as_json else Format.table


def print_frame(frame: pd.DataFrame, form: Format = Format.table) -> None:
    """Print a data frame in the format that the user chose; its index is left out."""
    print_answer(Answer.of_frame(frame), form)


def print_answer(answer: Answer, form: Format, most: int | None = None) -> None:
    """Print the answer to a query; of a table also say how many rows it has.

    Parameters
    ----------
    most
        Rows of a table that are shown; None shows all. Text for programs is never cut.
    """
    writers = {Format.csv: tables.write_csv, Format.json: tables.write_json}
    if form in writers:
        # A program gets every character as it is.
        stream: tables.Writable = PlainStream(sys.stdout) if sys.stdout.isatty() else sys.stdout
        writers[form](answer, stream)
    else:
        # A pipe or a file has no width; a table cut to 80 columns is of no use there.
        shown = answer if most is None else answer.first(most)
        terminal.show(shown, PlainConsole(width=None if sys.stdout.isatty() else _WIDTH))
        cut = f", the first {most} shown" if shown.n_rows < answer.n_rows else ""
        err.print(n_rows(answer) + cut, highlight=False)


_WIDTH = 220


def write_table(answer: Answer, stream: IO[str]) -> None:
    """Write an answer as a table of plain text, 220 columns wide."""
    terminal.show(answer, PlainConsole(file=stream, width=_WIDTH))


def n_rows(answer: Answer) -> str:
    """Return the number of rows in words."""
    return counted(answer.n_rows, "row")


def print_json(content: object) -> None:
    """Print data as JSON; what JSON has no type for, such as a day, is printed as text."""
    sys.stdout.write(json.dumps(content, default=str, indent=1) + "\n")
