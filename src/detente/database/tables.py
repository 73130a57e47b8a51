"""Write an answer as CSV, JSON or Parquet, to a stream or as a file that is whole or not there."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import IO, Protocol

from detente.base.errors import DetenteError, UsageError
from detente.base.files import replacing
from detente.database.answer import Answer
from detente.database.quoting import identifier, literal

SUFFIXES: Mapping[str, str] = {
    ".csv": "csv", ".json": "json", ".parquet": "parquet", ".pq": "parquet", ".txt": "table",
}  # fmt: skip


class Writable(Protocol):
    """What takes text."""

    def write(self, text: str, /) -> object:
        """Take the next piece of text."""
        ...


def plain(value: object) -> object:
    """Return a value as JSON knows it; a moment, an interval or an identifier becomes text.

    Numbers keep every digit; what is missing (NaN, NaT, null) is None.
    """
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    return None if value is None else _of_scalar(value)


def _of_scalar(value: object) -> object:
    if isinstance(value, float):
        # JSON has no infinity.
        return None if value != value else value if abs(value) != float("inf") else str(value)
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bytes | bytearray):
        return bytes(value).hex()
    return interval(value) if isinstance(value, timedelta) else str(value)


def interval(value: timedelta) -> str:
    """Return a length of time as text, days apart from hours: '1 days 12:00:00'."""
    hours = str(value - timedelta(days=value.days))
    return f"{value.days} days {hours.zfill(8)}"


def rows(answer: Answer) -> Iterator[list[object]]:
    """Yield the rows of an answer as `plain` values; a day is written YYYY-MM-DD."""
    days = [place for place, kind in enumerate(answer.types) if kind == "DATE"]
    for row in answer.rows():
        values = [plain(value) for value in row]
        for place in days:
            values[place] = None if values[place] is None else str(values[place])[:10]
        yield values


def write_csv(answer: Answer, stream: Writable) -> None:
    """Write comma-separated text with a header; what is missing is empty, a list is JSON."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(answer.columns)
    for row in rows(answer):
        writer.writerow(
            json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
            for value in row
        )


def write_json(answer: Answer, stream: Writable) -> None:
    """Write a list of objects, one row per line."""
    stream.write("[")
    for number, row in enumerate(rows(answer)):
        text = json.dumps(dict(zip(answer.columns, row, strict=True)), ensure_ascii=False)
        stream.write(f"{',' if number else ''}\n{text}")
    stream.write("\n]\n")


def format_of(path: Path) -> str | None:
    """Return the format that a file's name asks for; None if it asks for none that is known."""
    return SUFFIXES.get(path.suffix.lower())


def write_file(
    answer: Answer, path: Path, form: str, write_table: Callable[[Answer, IO[str]], None]
) -> None:
    """Write an answer to a file, which appears under its name only when it is whole.

    Parameters
    ----------
    form
        'csv', 'json', 'parquet' or 'table'.
    write_table
        Draws the table.

    Raises
    ------
    UsageError
        The file cannot be written there.
    """
    writers: Mapping[str, Callable[[Answer, IO[str]], None]] = {
        "csv": write_csv, "json": write_json, "table": write_table,
    }  # fmt: skip
    try:
        with replacing(path) as temporary:
            if form == "parquet":
                write_parquet(answer, temporary)
            else:
                with temporary.open("w", encoding="utf-8", newline="") as stream:
                    writers[form](answer, stream)
    except OSError as error:
        raise UsageError(
            f"{path}: expected a place where a file can be written: {error.strerror or error}."
        ) from error


def write_parquet(answer: Answer, path: Path) -> None:
    """Write an answer as a Parquet file with the types that its columns had in SQL.

    The rows go through a database in memory that knows nothing but them.

    Raises
    ------
    DetenteError
        The rows cannot be written: a type that Parquet lacks, or a full disk.
    """
    import duckdb

    names = [f"c{place}" for place in range(len(answer.columns))]
    columns = ", ".join(
        (f"cast({short} as {kind})" if kind else short) + f" as {identifier(name)}"
        for short, name, kind in zip(names, answer.columns, answer.types, strict=True)
    )
    target = literal(path)
    con = duckdb.connect(":memory:")
    try:
        con.register("answer", answer.frame.set_axis(names, axis="columns"))
        con.execute(
            f"copy (select {columns} from answer) to {target} "  # noqa: S608
            "(format parquet, compression zstd)"
        )
    except duckdb.Error as error:
        raise DetenteError(f"{path}: the answer cannot be written as Parquet: {error}") from error
    finally:
        con.close()
