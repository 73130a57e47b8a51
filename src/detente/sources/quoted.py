"""Read quoted, separated text record by record, as a spreadsheet writes it, losing no line.

A record may span lines. What is no row of the table is put aside whole, with the reason.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import IO

from detente.sources.lines import REPLACEMENT, Piece, Refused, Run

# No honest record of several lines is longer; a quote left open swallows no more than this.
MAX_RECORD = 1 << 20


def count_breaks(pieces: Iterable[bytes]) -> int:
    """Count the lines of quoted text, within records too; a return ends a line as well."""
    return sum(len(piece.splitlines()) for piece in pieces)


@dataclass(frozen=True)
class Record:
    """A record of quoted text: number of its first line, its lines, its fields or why none."""

    number: int
    lines: tuple[str, ...]
    fields: tuple[str, ...] = ()
    problem: str = ""


class _Feed:
    """Gives lines to a reader, remembers those of the present record, takes some back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines, self._ahead = lines, deque[str]()
        self._size = 0
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._size > MAX_RECORD:
            raise StopIteration
        line = self._ahead.popleft() if self._ahead else next(self._lines)
        self.taken.append(line)
        self._size += len(line)
        return line

    def forget(self, n_lines: int) -> None:
        """Begin the next record after so many lines of this one."""
        self._ahead.extendleft(reversed(self.taken[n_lines:]))
        self.taken, self._size = [], 0

    def is_over(self) -> bool:
        """Say whether there is no line left."""
        if not self._ahead:
            self._ahead.extend(islice(self._lines, 1))
        return not self._ahead


def records(lines: Iterator[str], n_fields: int, separator: str = ",") -> Iterator[Record]:
    """Read records of separated, quoted text; a good one may span lines.

    A quote that is left open would swallow the rows after it. A record of several lines is
    therefore read again strictly: where a closing quote is not followed by a comma or the end, or
    the number of fields is wrong, its first line alone is refused and the next line is a record.
    """
    csv.field_size_limit(1 << 30)
    feed, number = _Feed(lines), 1
    while not feed.is_over():
        for fields in csv.reader(feed, delimiter=separator):
            taken, problem = tuple(feed.taken), ""
            while len(fields) > n_fields and not fields[-1]:
                fields.pop()
            if len(taken) > 1 and not _is_whole(taken, separator):
                problem = "a quote is left open"
            elif len(taken) == 1 and taken[0].count('"') % 2 and _is_open(taken[0], separator):
                problem = "a quote is left open at the end of the file"
            elif len(fields) != n_fields:
                problem = f"expected {n_fields} fields, got {len(fields)}"
            elif sum(map(len, taken)) > MAX_RECORD:
                problem = f"longer than {MAX_RECORD >> 20} MiB"
            if problem:
                taken = taken[:1]
            feed.forget(len(taken))
            yield Record(number, taken, () if problem else tuple(fields), problem)
            number += len(taken)


def _is_whole(taken: Sequence[str], separator: str) -> bool:
    try:
        return len(list(csv.reader(taken, delimiter=separator, strict=True))) == 1
    except csv.Error:
        return False


def _is_open(line: str, separator: str) -> bool:
    reader = csv.reader([line, "\n"], delimiter=separator)
    next(reader)
    return reader.line_num > 1


def pieces(
    stream: IO[bytes], n_fields: int, header_lines: int, rows_a_piece: int, separator: str = ","
) -> Iterator[Piece]:
    """Read quoted, separated text; a record's number is that of its first line."""
    text = io.TextIOWrapper(stream, "utf-8-sig", "replace", newline="")
    n_repaired = 0

    def clean() -> Iterator[str]:
        nonlocal n_repaired
        for line in text:
            n_repaired += "\0" in line
            yield line.replace("\0", REPLACEMENT)

    kept: list[str] = []
    runs: list[Run] = []
    refused: list[Refused] = []
    seen = n_breaks = 0
    headers = _Headers()
    for record in records(clean(), n_fields, separator):
        n_breaks += len(record.lines)
        raw = "".join(record.lines).rstrip("\r\n")
        if not raw.strip(f'{separator}" \t'):  # a spreadsheet writes empty rows as separators
            continue
        seen += 1
        if seen <= header_lines:
            headers.first(record.fields)
            continue
        if problem := record.problem or headers.problem(record):
            refused.append(Refused(record.number, problem, raw))
        else:
            kept.append("\t".join(map(_in_one_line, record.fields)))
            runs.append(Run(1, record.number))
        if len(kept) + len(refused) >= rows_a_piece:
            yield _piece(kept, runs, refused, n_breaks, n_repaired)
            kept, runs, refused, n_breaks, n_repaired = [], [], [], 0, 0
    text.detach()  # the stream is the caller's to close
    if n_breaks:
        yield _piece(kept, runs, refused, n_breaks, n_repaired)


class _Headers:
    """Notices the header of a second table in one text: the rows below have other columns."""

    def __init__(self) -> None:
        self._first: list[str] = []
        self._names: frozenset[str] = frozenset()
        self._below = 0

    def first(self, fields: Sequence[str]) -> None:
        """Note the table's own header."""
        self._first = [field.strip().lower() for field in fields]
        self._names = frozenset(self._first)

    def problem(self, record: Record) -> str:
        """Say why a record is no row of the table; empty if it is one."""
        if record.fields[0].strip().lower() in self._names:
            fields = [field.strip().lower() for field in record.fields]
            if 2 * len(self._names.intersection(fields) - {""}) > len(self._names):
                self._below = 0 if fields == self._first else record.number
                return "the header again: two tables stand in one file"
        if self._below:
            return (
                f"stands below another header, in line {self._below}: save the two tables as files "
                "of their own"
            )
        return ""


def _in_one_line(text: str) -> str:
    return " ".join(text.split()) if "\n" in text or "\r" in text or "\t" in text else text


def _piece(
    kept: list[str], runs: list[Run], refused: list[Refused], n_breaks: int, n_repaired: int
) -> Piece:
    text = "".join(line + "\n" for line in kept).encode()
    return Piece(text, tuple(_joined(runs)), tuple(refused), n_repaired, n_breaks)


def _joined(runs: list[Run]) -> Iterator[Run]:
    """Join rows that follow each other line by line."""
    current: Run | None = None
    for run in runs:
        if current and current.first_raw_row + current.n_rows == run.first_raw_row:
            current = Run(current.n_rows + run.n_rows, current.first_raw_row)
        else:
            if current:
                yield current
            current = run
    if current:
        yield current
