"""Turn the bytes of a raw file into lines that a strict reader can take, losing none.

A clean piece passes as it is, without a look at its single lines. A piece that is not clean is
taken apart: damaged characters are made visible, lines with too few or too many fields are put
aside whole. Either way the rows are counted here, from the bytes, so that what the database
counts later can be held against it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

REPLACEMENT = "\ufffd"
MARK = b"\xef\xbb\xbf"
# What the database is asked to take as one line; a longer one is refused.
MAX_LINE = 16 << 20
# So much of it is kept with the reason.
SHOWN = 64 << 10
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
    found: set[str] = set()
    for one in codes:
        if one.startswith("0"):
            return ()
        found.add(one)
    digits = [one for one in sorted(found) if one.isascii() and one.isdigit() and len(one) <= 3]
    return tuple(one for one in digits if len(one) == 1 or int(one[:2]) > _LAST_ROOT)


def has_slashed_day(line: bytes, separator: str) -> bool:
    """Say whether a field of a line is a day such as 02/16/2024."""
    return _field(rb"\d{1,2}/\d{1,2}/\d{4}", separator).search(line) is not None


def day_first(text: bytes, separator: str) -> str | None:
    """Return a field that is a day with the month second, such as 16/02/2024; None without one."""
    found = _field(rb"(?:1[3-9]|2\d|3[01])/(?:0?[1-9]|1[0-2])/\d{4}", separator).search(text)
    return found[1].decode() if found else None


@cache
def _field(held: bytes, separator: str) -> re.Pattern[bytes]:
    apart = re.escape(separator.encode())
    return re.compile(rb'(?:^|%s)"?(%s)"?\r?(?=%s|$)' % (apart, held, apart), re.MULTILINE)


def readable(line: bytes) -> str:
    """Return a line as text that can be stored and shown."""
    return line.decode("utf-8", "replace").replace("\0", REPLACEMENT)
