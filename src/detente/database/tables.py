"""Write an answer as CSV, JSON or Parquet, to a stream or as a file that is whole or not there."""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd

from detente.base.errors import UsageError
from detente.database import published
from detente.database.published import Answer

SUFFIXES: Mapping[str, str] = {
    ".csv": "csv", ".json": "json", ".parquet": "parquet", ".pq": "parquet", ".txt": "table",
}  # fmt: skip


def plain(value: object) -> object:
    """Return a value as JSON knows it; a moment, an interval or an identifier becomes text.

    Numbers keep every digit; what is missing (NaN, NaT, null) is None.
    """
    if value is np.ma.masked:  # a null in a list of numbers
        return None
    if isinstance(value, np.ndarray | list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, np.datetime64 | np.timedelta64):
        value = pd.Timestamp(value) if isinstance(value, np.datetime64) else pd.Timedelta(value)
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    return _of_scalar(value)


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
    return str(value)


def _days(answer: Answer) -> frozenset[int]:
    """Find the columns of days: by their type in SQL, or where that is not known by their hours."""
    found = set()
    for place, column in enumerate(answer.frame.columns):
        values = answer.frame.iloc[:, place]
        if not pd.api.types.is_datetime64_dtype(values.dtype):
            continue
        kind = answer.types.get(str(column))
        if kind == "DATE" or (kind is None and _are_midnights(values)):
            found.add(place)
    return frozenset(found)


def _are_midnights(values: pd.Series[pd.Timestamp]) -> bool:
    known = values.dropna()
    return bool((known.dt.normalize() == known).all())


def rows(answer: Answer) -> Iterator[list[object]]:
    """Yield the rows of an answer as `plain` values; a day is written YYYY-MM-DD."""
    days = _days(answer)
    for row in answer.frame.itertuples(index=False, name=None):
        values = [plain(value) for value in row]
        for place in days:
            values[place] = None if values[place] is None else str(values[place])[:10]
        yield values


def write_csv(answer: Answer, stream: IO[str]) -> None:
    """Write comma-separated text with a header; what is missing is empty, a list is JSON."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([str(column) for column in answer.frame.columns])
    for row in rows(answer):
        writer.writerow(
            json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
            for value in row
        )


def write_json(answer: Answer, stream: IO[str]) -> None:
    """Write a list of objects, one row a line."""
    names = [str(column) for column in answer.frame.columns]
    stream.write("[")
    for number, row in enumerate(rows(answer)):
        text = json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False)
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
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
                if form != "parquet":
                    writers[form](answer, stream)
            if form == "parquet":
                published.write_parquet(answer, temporary)
            temporary.chmod(0o666 & ~_umask())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(
            f"{path}: expected a place where a file can be written: {error.strerror or error}."
        ) from error


def _umask() -> int:
    """Return the mask by which the user's new files are made; it is read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def untyped(frame: pd.DataFrame) -> Answer:
    """Return a frame that came from no ad-hoc query as an answer."""
    return Answer(frame, {})
