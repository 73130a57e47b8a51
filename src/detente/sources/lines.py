"""Turn the bytes of a raw file into lines that a strict reader can take, losing none.

A clean piece passes as it is, without a look at its single lines. A piece that is not clean is
taken apart: damaged characters are made visible, lines with too few or too many fields are put
aside whole. Either way the rows are counted here, from the bytes, so that what the database
counts later can be held against it.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import IO, TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

REPLACEMENT = "\ufffd"
MARK = b"\xef\xbb\xbf"
# What the database is asked to take as one line; a longer one is refused.
MAX_LINE = 16 << 20
# So much of it is kept with the reason.
SHOWN = 64 << 10
# No honest record of several lines is longer; a quote left open swallows no more than this.
MAX_RECORD = 1 << 20
_STEP = 128 << 10
_LAST_ROOT = 20  # of CAMEO


@dataclass(frozen=True)
class Refused:
    """A line that is no row: its number in the file, why, and the line, at most `SHOWN` of it."""

    raw_row: int
    reason: str
    raw_text: str


@dataclass(frozen=True)
class Run:
    """Rows that follow each other without a gap: how many, and the line of the first."""

    n_rows: int
    first_raw_row: int


@dataclass(frozen=True)
class Piece:
    """A part of one file: clean text, where its rows stand in the file, and what was put aside.

    `n_breaks` counts the lines that went into it, where one row may span several.
    """

    text: bytes
    runs: tuple[Run, ...]
    refused: tuple[Refused, ...] = ()
    n_repaired: int = 0
    n_breaks: int = 0

    @property
    def n_rows(self) -> int:
        """Rows that can be parsed; refused ones are not among them."""
        return sum(run.n_rows for run in self.runs)

    def below(self, n_lines: int) -> Piece:
        """Return the piece as it stands below so many lines of another text in the same file."""
        if not n_lines:
            return self
        return replace(
            self,
            runs=tuple(Run(run.n_rows, run.first_raw_row + n_lines) for run in self.runs),
            refused=tuple(replace(one, raw_row=one.raw_row + n_lines) for one in self.refused),
        )


def whole_lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Cut a stream of bytes into pieces that end with a line.

    Of a line without an end in sight no more than `MAX_LINE` bytes and one piece are kept, which is
    enough to refuse it: a file of one endless line must not fill the memory.
    """
    rest: list[bytes] = []
    size = 0
    for piece in pieces:
        if size >= MAX_LINE:
            # What is left of a line that is too long already.
            place = piece.find(b"\n")
            piece = piece[place:] if place >= 0 else b""
        end = piece.rfind(b"\n") + 1
        if not end:
            rest.append(piece)
            size += len(piece)
            continue
        yield b"".join([*rest, piece[:end]]) if rest else piece[:end]
        rest = [piece[end:]] if end < len(piece) else []
        size = len(piece) - end
    if rest:
        yield b"".join(rest)


class Joined(io.RawIOBase):
    """A stream of pieces, read as one."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces, self._left = iter(pieces), memoryview(b"")

    def readable(self) -> bool:
        """Return True: the stream is read only."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill a buffer as far as the present piece goes."""
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = memoryview(piece)
        view = memoryview(buffer)
        n = min(len(view), len(self._left))
        view[:n] = self._left[:n]
        self._left = self._left[n:]
        return n


def count_lines(text: bytes) -> int:
    """Count the lines, blank ones too."""
    # NumPy compares many bytes at once, a third of the time of bytes.count; in steps whose result
    # fits the cache and memory that is there already.
    every = np.frombuffer(text, np.uint8)
    breaks = sum(
        int(np.count_nonzero(every[start : start + _STEP] == ord("\n")))
        for start in range(0, len(text), _STEP)
    )
    return breaks + (not text.endswith(b"\n") and bool(text))


def count_rows(text: bytes, first_raw_row: int) -> int:
    """Count the lines that hold anything; the mark of UTF-8 before the first is nothing."""
    if first_raw_row == 1:
        text = text.removeprefix(MARK)
    return sum(bool(line.strip(b" \r")) for line in text.split(b"\n"))


def is_clean(text: bytes) -> bool:
    """Say whether a strict reader sees at most one row a line: no NUL, no return, no mark.

    Blank lines, which it leaves out, show in its count; to search for them costs more than to
    parse again the rare text that has some.
    """
    return not (b"\0" in text or b"\r" in text or text.startswith(MARK))


def as_it_is(text: bytes, first_raw_row: int, n_lines: int) -> Piece:
    """Take a clean piece without a look at its lines."""
    if text and not text.endswith(b"\n"):
        text += b"\n"
    return Piece(text, (Run(n_lines, first_raw_row),))


def taken_apart(text: bytes, first_raw_row: int, n_fields: int) -> Piece:
    """Look at each line: repair what is damaged inside a field, put aside what is no row."""
    kept: list[bytes] = []
    refused: list[Refused] = []
    runs: list[Run] = []
    n_repaired = 0
    for number, line in enumerate(text.split(b"\n"), start=first_raw_row):
        line = line.removesuffix(b"\r")
        if number == 1:
            line = line.removeprefix(MARK)
        if not line.strip(b" \r"):
            continue
        if len(line) >= MAX_LINE:
            reason = f"longer than {MAX_LINE >> 20} MiB"
            refused.append(Refused(number, reason, readable(line[:SHOWN])))
            continue
        fields = _trimmed(line, n_fields)
        if fields.count(b"\t") != n_fields - 1:
            n_found = line.count(b"\t") + 1
            reason = f"expected {n_fields} fields, got {n_found}"
            refused.append(Refused(number, reason, readable(line[:SHOWN])))
            continue
        repaired = _repaired(fields)
        n_repaired += repaired != fields
        kept.append(repaired)
        if runs and runs[-1].first_raw_row + runs[-1].n_rows == number:
            runs[-1] = Run(runs[-1].n_rows + 1, runs[-1].first_raw_row)
        else:
            runs.append(Run(1, number))
    return Piece(b"".join(line + b"\n" for line in kept), tuple(runs), tuple(refused), n_repaired)


def _trimmed(line: bytes, n_fields: int) -> bytes:
    """Drop empty fields beyond the last column; some providers append tabs."""
    extra = line.count(b"\t") - (n_fields - 1)
    return line[:-extra] if extra > 0 and line.endswith(b"\t" * extra) else line


def _repaired(line: bytes) -> bytes:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        line = line.decode("utf-8", "replace").encode()
    return line.replace(b"\0", REPLACEMENT.encode()).replace(b"\r", b" ")


def lost_zeros(codes: Iterable[str]) -> tuple[str, ...]:
    """Return codes of a column that can only be CAMEO codes without their first zero; or none.

    42 is no code, 042 is; where no code of the column begins with a zero, all have lost theirs,
    and 20 may have been 020.
    """
    found = sorted({one for one in codes if one})
    if any(one.startswith("0") for one in found):
        return ()
    digits = [one for one in found if one.isascii() and one.isdigit() and len(one) <= 3]
    return tuple(one for one in digits if len(one) == 1 or int(one[:2]) > _LAST_ROOT)


def readable(line: bytes) -> str:
    """Return a line as text that can be stored and shown."""
    return line.decode("utf-8", "replace").replace("\0", REPLACEMENT)


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


def quoted(
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
