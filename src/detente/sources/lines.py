"""Turn the bytes of a raw file into lines that a strict reader can take, losing none.

A clean piece passes as it is, without a look at its single lines. A piece that is not clean is
taken apart: damaged characters are made visible, lines with too few or too many fields are put
aside whole. Either way the rows are counted here, from the bytes, so that what the database
counts later can be held against it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

REPLACEMENT = "\ufffd"


@dataclass(frozen=True)
class Refused:
    """A line that is no row: its number in the file, why, and the line whole."""

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
    """A part of one file: clean text, where its rows stand in the file, and what was put aside."""

    text: bytes
    runs: tuple[Run, ...]
    refused: tuple[Refused, ...] = ()
    n_mended: int = 0

    @property
    def n_rows(self) -> int:
        """Rows of the text."""
        return sum(run.n_rows for run in self.runs)


def whole_lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Cut a stream of bytes into pieces that end with a line."""
    rest: list[bytes] = []
    for piece in pieces:
        end = piece.rfind(b"\n") + 1
        if not end:
            rest.append(piece)
            continue
        yield b"".join([*rest, piece[:end]]) if rest else piece[:end]
        rest = [piece[end:]] if end < len(piece) else []
    if rest:
        yield b"".join(rest)


def count_lines(text: bytes) -> int:
    """Count the lines, blank ones too."""
    return text.count(b"\n") + (not text.endswith(b"\n") and bool(text))


def count_rows(text: bytes) -> int:
    """Count the lines that hold anything."""
    return sum(bool(line.strip(b" \r")) for line in text.split(b"\n"))


def is_clean(text: bytes) -> bool:
    """Say whether a strict reader sees at most one row a line: no NUL, no return, no mark.

    Blank lines, which it leaves out, show in its count; to search for them costs more than to
    parse again the rare text that has some.
    """
    return not (b"\0" in text or b"\r" in text or text.startswith(b"\xef\xbb\xbf"))


def as_it_is(text: bytes, first_raw_row: int, n_lines: int) -> Piece:
    """Take a clean piece without a look at its lines."""
    if text and not text.endswith(b"\n"):
        text += b"\n"
    return Piece(text, (Run(n_lines, first_raw_row),))


def taken_apart(text: bytes, first_raw_row: int, n_fields: int) -> Piece:
    """Look at each line: mend what is damaged inside a field, put aside what is no row."""
    kept: list[bytes] = []
    refused: list[Refused] = []
    runs: list[Run] = []
    n_mended = 0
    for number, line in enumerate(text.split(b"\n"), start=first_raw_row):
        line = line.removesuffix(b"\r")
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line.strip(b" \r"):
            continue
        fields = _trimmed(line, n_fields)
        if fields.count(b"\t") != n_fields - 1:
            n_found = line.count(b"\t") + 1
            reason = f"expected {n_fields} fields, got {n_found}"
            refused.append(Refused(number, reason, readable(line)))
            continue
        mended = _mended(fields)
        n_mended += mended != fields
        kept.append(mended)
        if runs and runs[-1].first_raw_row + runs[-1].n_rows == number:
            runs[-1] = Run(runs[-1].n_rows + 1, runs[-1].first_raw_row)
        else:
            runs.append(Run(1, number))
    return Piece(b"".join(line + b"\n" for line in kept), tuple(runs), tuple(refused), n_mended)


def _trimmed(line: bytes, n_fields: int) -> bytes:
    """Drop empty fields beyond the last column; some providers append tabs."""
    extra = line.count(b"\t") - (n_fields - 1)
    return line[:-extra] if extra > 0 and line.endswith(b"\t" * extra) else line


def _mended(line: bytes) -> bytes:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        line = line.decode("utf-8", "replace").encode()
    return line.replace(b"\0", REPLACEMENT.encode()).replace(b"\r", b" ")


def readable(line: bytes) -> str:
    """Return a line as text that can be stored and shown."""
    return line.decode("utf-8", "replace").replace("\0", REPLACEMENT)


def count_quoted_rows(pieces: Iterable[bytes]) -> int:
    """Count the records of quoted text from its bytes: lines that end outside quotes."""
    n, inside, pending = 0, False, False
    for piece in pieces:
        for line in piece.splitlines():
            pending = pending or bool(line.strip(b" \r"))
            inside ^= line.count(b'"') % 2 == 1
            if not inside:
                n += pending
                pending = False
    return n + (inside and pending)


def quoted(
    stream: IO[bytes], n_fields: int, header_lines: int, rows_a_piece: int
) -> Iterator[Piece]:
    """Read quoted, comma-separated text; a record may span lines, its number is that of its first.

    A quote that is left open spoils the record that it swallows, which is refused whole.
    """
    remembered: list[str] = []
    csv.field_size_limit(1 << 30)

    text = io.TextIOWrapper(stream, "utf-8-sig", "replace", newline="")

    def lines() -> Iterator[str]:
        for line in text:
            clean = line.replace("\0", REPLACEMENT)
            remembered.append(clean)
            yield clean

    reader = csv.reader(lines(), strict=False)
    kept: list[str] = []
    runs: list[Run] = []
    refused: list[Refused] = []
    number, seen = 1, 0
    for fields in reader:
        first, number = number, reader.line_num + 1
        raw = "".join(remembered).rstrip("\r\n")
        remembered.clear()
        if not raw.strip():
            continue
        seen += 1
        if seen <= header_lines:
            continue
        while len(fields) > n_fields and not fields[-1]:
            fields.pop()
        if len(fields) != n_fields:
            refused.append(Refused(first, f"expected {n_fields} fields, got {len(fields)}", raw))
        else:
            kept.append(
                "\t".join(" ".join(one.split()) if _has_space(one) else one for one in fields)
            )
            runs.append(Run(1, first))
        if len(kept) + len(refused) >= rows_a_piece:
            yield _piece(kept, runs, refused)
            kept, runs, refused = [], [], []
    text.detach()  # the stream is the caller's to close
    if kept or refused:
        yield _piece(kept, runs, refused)


def _has_space(text: str) -> bool:
    return "\n" in text or "\r" in text or "\t" in text


def _piece(kept: list[str], runs: list[Run], refused: list[Refused]) -> Piece:
    text = "".join(line + "\n" for line in kept).encode()
    return Piece(text, tuple(_joined(runs)), tuple(refused))


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
