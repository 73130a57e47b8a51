"""Lines of several raw files as one text, which the database parses at once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from detente.sources import lines
from detente.sources.base import Layout
from detente.store.raw_file import Count, RawFile

# A batch becomes one part of a size that is never merged again; memory stays below 1 GiB.
BATCH_BYTES = 128 << 20
# The first ones are smaller, so that parsing begins while the next is unpacked.
FIRST_BATCH_BYTES = 64 << 20
BATCH_FILES = 2000
# Lines that are far shorter than those of any feed may all be refused, each with its text.
BATCH_ROWS = 400_000
# So many batches are unpacked before they are asked for.
AHEAD = 2


@dataclass
class Batch:
    """Lines of one or more files of one layout, as one text."""

    path: Path
    layout: Layout
    year: int
    slot: int = 0
    segments: list[tuple[int, str, int]] = field(default_factory=list)
    latest: dict[str, date] = field(default_factory=dict)
    preliminary: set[str] = field(default_factory=set)
    n_rows: int = 0
    n_bytes: int = 0
    refused: list[tuple[str, lines.Refused]] = field(default_factory=list)
    finished: list[Count] = field(default_factory=list)
    open_files: int = 0

    def takes(self, file: RawFile, layout: Layout, piece: lines.Piece, limit: int) -> bool:
        """Say whether a piece of a file fits in."""
        return (
            self.layout == layout
            and self.year == file.remote.first_day.year
            and self.n_bytes + len(piece.text) <= limit
            and self.n_rows + piece.n_rows <= BATCH_ROWS
            and len(self.segments) < BATCH_FILES
        )

    def begin(self, file: RawFile, today: date) -> None:
        """Note what holds for all rows of a file."""
        self.latest[file.raw_file_id] = file.remote.published or today
        if file.remote.is_preliminary:
            self.preliminary.add(file.raw_file_id)

    def add(self, raw_file_id: str, piece: lines.Piece) -> None:
        """Add a piece's text, and note where its rows stand."""
        # To write over what an earlier batch left costs half of what a new file does.
        with self.path.open("r+b" if self.path.exists() else "wb") as stream:
            stream.seek(self.n_bytes)
            stream.write(piece.text)
        for run in piece.runs:
            if run.n_rows:
                self.segments.append((self.n_rows, raw_file_id, run.first_raw_row))
                self.n_rows += run.n_rows
        self.n_bytes += len(piece.text)
        self.refused += [(raw_file_id, one) for one in piece.refused]

    def close(self) -> None:
        """End the text where the batch ends."""
        with self.path.open("ab") as stream:
            stream.truncate(self.n_bytes)

    def take_back(self, raw_file_id: str) -> None:
        """Remove what a file that turned out damaged had put into the batch."""
        kept = [one for one in self.segments if one[1] != raw_file_id]
        self.refused = [one for one in self.refused if one[0] != raw_file_id]
        if len(kept) == len(self.segments):
            return
        first = self.segments[len(kept)][0]
        with self.path.open("rb") as stream:
            for _ in range(first):
                stream.readline()
            self.n_bytes = stream.tell()
        self.segments, self.n_rows = kept, first

    def take_apart(self, counts: dict[str, Count]) -> None:
        """Look at every line of the text, where a strict reader found other rows than expected."""
        n_fields = len(self.layout.columns)
        ends = [start for start, _, _ in self.segments[1:]] + [self.n_rows]
        every_line = self.path.read_bytes().split(b"\n")
        redone = replace(self, segments=[], n_rows=0, n_bytes=0, refused=[])
        for (start, raw_file_id, first_raw_row), end in zip(self.segments, ends, strict=True):
            own = b"\n".join(every_line[start:end])
            piece = lines.taken_apart(own, first_raw_row, n_fields)
            redone.add(raw_file_id, piece)
            # The reading thread may still be counting the same file.
            counts[raw_file_id].n_mended_later += piece.n_repaired
            counts[raw_file_id].n_blank += (end - start) - piece.n_rows - len(piece.refused)
        redone.close()
        self.refused += redone.refused
        self.segments, self.n_rows = redone.segments or [(0, "", 0)], redone.n_rows
        self.n_bytes = redone.n_bytes
