"""Raw files of one source, read into batches of lines.

Rows are counted from the bytes, so that what the database finds can be held against it. A file that
cannot be read leaves its reason in its account and nothing in a batch.
"""

from __future__ import annotations

import io
import threading
import uuid
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import IO

from detente.base import clock
from detente.base.errors import RawFileError, StoreError
from detente.sources import archive, encoding, kinds, lines, quoted, table_header, workbook
from detente.sources.base import Layout, Source
from detente.sources.csv_file import CsvFile
from detente.sources.encoding import Bad, Recoded
from detente.store import batches
from detente.store.batches import Batch
from detente.store.raw_file import Count, RawFile

PIECE_BYTES = 16 << 20
PIECE_ROWS = 20_000
_SAMPLED_LINES = 50
_SAMPLED_BYTES = 256 << 10
_PACKED = b"PK\x03\x04"
_HEADING_BYTES = 256 << 10
# Their texts lie on disk beside the one that is parsed and the one whose rows are being kept.
_N_TEXTS = batches.AHEAD + 2


@cache
def _are_names(columns: tuple[str, ...]) -> bool:
    """Say whether a table can have these columns."""
    names = {name.lower() for name in columns}
    return all(name and name.isprintable() for name in names) and len(names) == len(columns)


def _forget(count: Count, batch: Batch | None, error: RawFileError) -> None:
    """Leave of a file that cannot be read nothing but the reason."""
    count.problem = str(error)
    count.n_rows = count.n_repaired = 0
    if batch is not None:
        batch.take_back(count.file.raw_file_id)


class Reader:
    """Reads the raw files of one source into batches; may run in a thread of its own.

    Parameters
    ----------
    folder
        Where the texts are written.
    counts
        The account of each file by its id, filled while it is read.
    stopping
        Is set when loading ends before its end.
    batch_bytes
        Text of one batch.
    """

    def __init__(
        self,
        source: Source,
        folder: Path,
        counts: dict[str, Count],
        stopping: threading.Event,
        batch_bytes: int,
    ) -> None:
        self.source, self.folder, self.counts = source, folder, counts
        self.stopping, self.batch_bytes = stopping, batch_bytes
        self.today = clock.today()
        self._encodings: dict[str, str] = {}

    def batches(self, files: Iterable[RawFile]) -> Iterator[Batch]:
        """Yield batches that hold the rows of the files in order."""
        batch: Batch | None = None
        waiting: list[Count] = []
        number = 0
        limit = min(batches.FIRST_BATCH_BYTES, self.batch_bytes)
        for file in self._in_turn(files):
            if self.stopping.is_set():
                return
            count = Count(file, uuid.uuid4().hex[:12])
            self.counts[file.raw_file_id] = count
            is_begun = False
            try:
                for layout, piece, n_rows in self._pieces(count):
                    if batch is not None and not batch.takes(file, layout, piece, limit):
                        is_begun = count.n_rows > 0
                        batch.open_files = int(is_begun)
                        batch.close()
                        yield batch
                        batch, limit = None, min(2 * limit, self.batch_bytes)
                    if batch is None:
                        number += 1
                        path = self.folder / f"batch-{number % _N_TEXTS}.txt"
                        year = file.remote.first_day.year
                        batch = Batch(path, layout, year, number % 2, finished=waiting)
                        waiting = []
                    batch.begin(file, self.today)
                    batch.add(file.raw_file_id, piece)
                    count.n_rows += n_rows
                    count.n_repaired += piece.n_repaired
                count.is_moving = not file.is_as_described
            except RawFileError as error:
                if is_begun:  # the disk failed in the middle; nothing of the file was committed
                    raise
                _forget(count, batch, error)
            (batch.finished if batch is not None else waiting).append(count)
        if batch is not None:
            batch.close()
            yield batch
        elif waiting:
            # Files without a single row: they are remembered all the same.
            yield Batch(self.folder / "none.txt", Layout((), "", ""), 0, finished=waiting)

    def _in_turn(self, files: Iterable[RawFile]) -> Iterator[RawFile]:
        """Yield the files; after a version that cannot be read, those before it until one can."""
        for file in files:
            yield file
            versions, last = iter(file.earlier), file
            # Whoever asks for the next file has read the last one.
            while self.counts[last.raw_file_id].problem:
                earlier = next(versions, None)
                if earlier is None:
                    break
                yield (last := earlier)

    def _pieces(self, count: Count) -> Iterator[tuple[Layout, lines.Piece, int]]:
        """Read one file: its layout, clean pieces, and the rows counted from the bytes."""
        self._choose_sheet(count)
        file = count.file
        if file.bytes == 0:
            count.problem_status = "empty"
            raise RawFileError(
                f"{file.called}: expected a file, got no bytes. Copy or fetch it again."
            )
        names: Iterable[str] = ("",)
        if file.remote.has_members:
            names = archive.members(file.path)
            self._read_through(file, names)
        before = 0
        for member in names:
            with self._opened(count, member) as stream:
                texts = lines.whole_lines(archive.bounded(stream, PIECE_BYTES, file.path))
                first = next(texts, b"")
                if not first:
                    continue
                layout = self._layout(count, first)
                if not before:
                    self._demand_month_first(count, layout, names, _first_two_lines(first)[1])
                if layout.is_quoted:
                    before = yield from self._quoted_pieces(count, layout, member, before)
                    continue
                # A damaged end must be known before the beginning is in a batch.
                if not member and archive.may_exceed(file.path, self.batch_bytes // 2):
                    self._read_through(file, names)
                elif not member and archive.is_packed(file.path):
                    texts = iter([*texts])
                before = yield from self._plain_pieces(count, layout, chain([first], texts), before)

    def _choose_sheet(self, count: Count) -> None:
        """Choose the sheet of a provider's workbook that has the columns, and note the others.

        Raises
        ------
        RawFileError
            Several have them: nobody said which one counts.
        """
        file = count.file
        if file.path.suffix.lower() != workbook.SUFFIX or isinstance(self.source, CsvFile):
            return
        names = workbook.sheets(file.path)
        if len(names) < 2:
            return
        fits = {name: self._fits(file, name) for name in names}
        found = [name for name in names if fits[name]]
        # One that lacks a column is read as well, so that the column is named.
        if not found and list(fits.values()).count(None) == 1:
            found = [name for name in names if fits[name] is None]
        if not found:
            return
        if len(found) > 1:
            count.problem_status = "refused_layout"
            raise RawFileError(
                f"{file.called}: expected one sheet of events, got {len(found)}: "
                f"{', '.join(found)}. Save each as a file of its own, or delete those that are "
                "not to count."
            )
        count.file = replace(file, remote=replace(file.remote, sheet=found[0]))
        others = ", ".join(name for name in names if name != found[0])
        count.read_as = f"its sheet {found[0]!r} is read; of no events: {others}"

    def _fits(self, file: RawFile, sheet: str) -> bool | None:
        """Say whether a sheet has the columns of the source; None if it has some of them."""
        with archive.opened(file.path, sheet=sheet) as stream:
            text = stream.read(_HEADING_BYTES)
        try:
            return self.source.layout(file.name, _heading(text, file)[1]) is not None
        except RawFileError:
            return None

    def _read_through(self, file: RawFile, names: Iterable[str]) -> None:
        """Read a file to its end, so that damage is known before anything is kept.

        Raises
        ------
        RawFileError
            It is damaged.
        """
        for member in names:
            with archive.opened(file.path, sheet=file.remote.sheet, member=member) as whole:
                for _ in archive.bounded(whole, PIECE_BYTES, file.path):
                    pass

    def _plain_pieces(
        self, count: Count, layout: Layout, texts: Iterable[bytes], before: int
    ) -> Generator[tuple[Layout, lines.Piece, int], None, int]:
        """Read lines of tab-separated text; `before` lines of the file stood above them."""
        row, header = before + 1, before + layout.header_lines
        for text in texts:
            if row == before + 1 and layout.has_cameo:
                self._sample_zeros(count, layout, text)
            # Above it, in an archive of several texts, only a first line can have a mark.
            if row == before + 1:
                text = text.removeprefix(lines.MARK)
            if row <= header:
                start = text.find(b"\n") + 1 or len(text)
                row, text = row + 1, text[start:]
                if not text:
                    continue
            n_lines = lines.count_lines(text)
            if lines.is_clean(text):
                yield layout, lines.as_it_is(text, row, n_lines), n_lines
            else:
                piece = lines.taken_apart(text, row, len(layout.columns))
                yield layout, piece, lines.count_rows(text, row)
            row += n_lines
        return row - 1

    def _layout(self, count: Count, text: bytes) -> Layout:
        if text.startswith(_PACKED):
            raise RawFileError(
                f"{count.file.called}: expected a table, got an archive within the archive. Unpack "
                "it and load the file in it."
            )
        if text.startswith(kinds.UTF_16):
            count.problem_status = "refused_layout"
            raise RawFileError(_no_table(count.file, self.source, text, b""))
        has_returns = _has_returns(text)
        second_line = _first_two_lines(text)[1]
        n_above, first_line = _heading(text, count.file)
        count.problem_status = "refused_layout"
        try:
            layout = self.source.layout(count.file.name, first_line)
        except RawFileError as error:
            raise RawFileError(f"{count.file.called}: {error}.") from error
        if layout is None:
            raise RawFileError(_no_table(count.file, self.source, text, first_line))
        # Some programs put every field in quotation marks and leave the header without.
        if layout.separator == "\t" and second_line.startswith(b'"') and not layout.is_quoted:
            layout = replace(layout, is_quoted=True)
        if layout.header_only and layout.separator == "\t":
            n_fields = second_line.rstrip(b"\t\r").count(b"\t") + 1
            if n_fields <= len(layout.columns) - len(layout.header_only):
                columns = [one for one in layout.columns if one not in layout.header_only]
                layout = replace(layout, columns=tuple(columns))
        if has_returns and not layout.is_quoted:
            raise RawFileError(
                f"{count.file.called}: expected lines that end with a line feed, got returns "
                "alone. Save the text with the line ends of Windows or Unix."
            )
        if not _are_names(layout.columns):
            raise RawFileError(
                f"{count.file.called}: expected a different name for each column, got a header "
                f"that begins with {lines.readable(first_line.rstrip())[:80]!r}."
            )
        count.problem_status = "unreadable"
        return replace(layout, header_lines=layout.header_lines + n_above)

    def _demand_month_first(
        self, count: Count, layout: Layout, names: Iterable[str], first_row: bytes
    ) -> None:
        """Refuse a file whose days a spreadsheet has turned: day, month and year with slashes.

        Raises
        ------
        RawFileError
            Some can only have the day first; others would be read as a day of another month.
        """
        if not layout.is_month_first or not lines.has_slashed_day(first_row, layout.separator):
            return
        for member in names:
            with self._opened(count, member) as stream:
                pieces = lines.whole_lines(archive.bounded(stream, PIECE_BYTES, count.file.path))
                found = (lines.day_first(text, layout.separator) for text in pieces)
                turned = next(filter(None, found), None)
            if turned:
                count.problem_status = "refused_layout"
                raise RawFileError(
                    f"{count.file.called}: expected days of the column {layout.day_column!r} as "
                    f"2024-02-16 or with the month first, got {turned!r}: of others day and month "
                    "could be exchanged. In Excel, give the column the format yyyy-mm-dd and save "
                    "the file again."
                )

    def _sample_zeros(self, count: Count, layout: Layout, text: bytes) -> None:
        """Look at the codes of a few lines, and at all of them if these look cut."""
        place = layout.columns.index(layout.code_column)

        def codes(rows: Iterable[bytes]) -> Iterator[str]:
            fields = (row.split(b"\t", place + 1) for row in rows)
            return (one[place].decode("ascii", "replace") for one in fields if len(one) > place)

        rows = text[:_SAMPLED_BYTES].split(b"\n", _SAMPLED_LINES + layout.header_lines)
        if lines.lost_zeros(codes(rows[layout.header_lines : -1])):
            self._demand_zeros(count, layout, codes(text.split(b"\n")[layout.header_lines :]))

    @contextmanager
    def _opened(
        self, count: Count, member: str = "", *, is_counted: bool = False
    ) -> Iterator[IO[bytes]]:
        """Open a file's text as UTF-8, whatever it is written in."""
        file = count.file
        with archive.opened(file.path, sheet=file.remote.sheet, member=member) as stream:
            if not file.remote.encoding and not is_counted:
                yield stream
                return
            known = self._encoding(count, member) if file.remote.encoding else "utf-8"
            if known == "utf-8" and not is_counted:
                yield stream
                return
            with io.BufferedReader(Recoded(stream, known, count.bad)) as text:
                yield text

    def _encoding(self, count: Count, member: str) -> str:
        """Return the encoding of a text, and note it where it was guessed."""
        file = count.file
        if file.remote.encoding not in (encoding.AUTO, encoding.MARKED):
            return file.remote.encoding
        if file.remote.encoding == encoding.MARKED:
            with archive.opened(file.path, sheet=file.remote.sheet, member=member) as stream:
                return encoding.marked(stream.read(_HEADING_BYTES))
        if file.raw_file_id not in self._encodings:
            with archive.opened(file.path, sheet=file.remote.sheet) as stream:
                pieces = archive.bounded(stream, PIECE_BYTES, file.path)
                found, n_bad = encoding.detected(pieces)
            self._encodings[file.raw_file_id] = found
            if n_bad:
                count.read_as = (
                    f"{n_bad} bytes are not UTF-8; read as Windows-1252 (another code page: "
                    "`encoding` in the settings of the source)"
                )
        return self._encodings[file.raw_file_id]

    @staticmethod
    def _records(stream: IO[bytes], layout: Layout, path: Path) -> Iterator[lines.Piece]:
        pieces = lines.whole_lines(archive.bounded(stream, PIECE_BYTES, path))
        with io.BufferedReader(lines.Joined(pieces)) as text:
            yield from quoted.pieces(
                text, len(layout.columns), layout.header_lines, PIECE_ROWS, layout.separator
            )

    @staticmethod
    def _demand_zeros(count: Count, layout: Layout, codes: Iterable[str]) -> None:
        """Refuse a file whose CAMEO codes have lost their first zeros.

        Raises
        ------
        RawFileError
            They have: another code may stand where one was meant.
        """
        if lost := lines.lost_zeros(codes):
            count.problem_status = "refused_layout"
            raise RawFileError(
                f"{count.file.called}: the codes of the column {layout.code_column!r} have lost "
                f"their zeros: {lost[0]!r} is not a CAMEO code, {'0' + lost[0]!r} is, and none of "
                "the column begins with 0. Keep the column as text (in Excel, format the cells as "
                "Text before the codes are pasted) and load the file again."
            )

    def _quoted_pieces(
        self, count: Count, layout: Layout, member: str, before: int
    ) -> Generator[tuple[Layout, lines.Piece, int], None, int]:
        """Read records of quoted text; `before` lines of the file stood above them."""
        file = count.file
        with self._opened(count, member) as stream:
            pieces = lines.whole_lines(archive.bounded(stream, PIECE_BYTES, file.path))
            n_lines = quoted.count_breaks(pieces)
        if layout.has_cameo:
            place = layout.columns.index(layout.code_column)
            with self._opened(count, member) as stream:
                codes = {
                    line.split("\t")[place].strip()
                    for piece in self._records(stream, layout, file.path)
                    for line in piece.text.decode().splitlines()
                }
            self._demand_zeros(count, layout, codes)
        # Counted once, in the pass whose text is kept.
        if not before:
            count.bad = Bad()
        n_left = n_lines
        with self._opened(count, member, is_counted=True) as stream:
            for piece in self._records(stream, layout, file.path):
                n_left -= piece.n_breaks
                yield layout, piece.below(before), piece.n_rows + len(piece.refused)
        if n_left:
            raise StoreError(
                f"{file.name}: {n_left} lines more in its bytes than were read as records. "
                "Nothing of it was loaded. This is a bug in detente."
            )
        return before + n_lines


def _has_returns(text: bytes) -> bool:
    """Say whether lines end with a return alone, as old programs of the Macintosh write them."""
    return b"\n" not in text and b"\r" in text


def _first_two_lines(text: bytes) -> tuple[bytes, bytes]:
    """Return the first two lines without their ends; the rest of a large text is not copied."""
    end = b"\r" if _has_returns(text) else b"\n"
    first = text.find(end)
    if first < 0:
        return text, b""
    second = text.find(end, first + 1)
    return text[:first], text[first + 1 : second if second >= 0 else None]


def _heading(text: bytes, file: RawFile) -> tuple[int, bytes]:
    """Return how many lines stand above the header of a table, and the header."""
    if not file.remote.header:
        return 0, _first_two_lines(text)[0] + b"\n"
    n_above, header = table_header.above(
        text[:_HEADING_BYTES].decode("utf-8-sig", "replace"), file.remote.header
    )
    return n_above, header.rstrip("\r\n").encode() + b"\n"


def _no_table(file: RawFile, source: Source, text: bytes, first_line: bytes) -> str:
    """Say what was expected of a file that has no layout of its source, and what came."""
    if got := kinds.told(text):
        return f"{file.called}: expected a table of {source.name}, {got}"
    columns = f" (columns {', '.join(file.remote.header)})" if file.remote.header else ""
    return (
        f"{file.called}: expected a known layout of {source.name}{columns}, got a first line that "
        f"begins with {lines.readable(first_line.rstrip())[:80]!r}.{_other_sheets(file)}"
    )


def _other_sheets(file: RawFile) -> str:
    """Say which sheets a workbook has, where none of several is a table of events."""
    if file.remote.sheet or file.path.suffix.lower() != workbook.SUFFIX:
        return ""
    names = workbook.sheets(file.path)
    if len(names) < 2:
        return ""
    return f" That is its first sheet; none of {', '.join(names)} has the columns of events."
