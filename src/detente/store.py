"""The event store: bulk events as Parquet, loaded exactly once whatever happens in between.

Raw files are read in batches. A thread unpacks the next batch while the database parses this one.
A batch becomes one part of events in scope and one of events outside it, and is committed as soon
as every file that it touches is whole.
"""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from detente import _assets, clock, manifest
from detente.errors import DetenteError, RawFileError, StoreError
from detente.manifest import Log, Manifest, Part
from detente.sources import archive, lines
from detente.sources.base import Layout, Source, projection
from detente.warehouse import Warehouse

# A batch is one part of a size that is never merged again; memory stays below 1 GiB.
BATCH_BYTES = 128 << 20
# The first ones are smaller, so that parsing begins while the next is unpacked.
FIRST_BATCH_BYTES = 32 << 20
BATCH_FILES = 2000
PIECE_BYTES = 16 << 20
PIECE_ROWS = 20_000
# Parts of like size are merged when there are so many; each row is written again a few times only.
MERGE_AT = 8
TIER = 4
SMALLEST_TIER = 50_000
# A larger part stays as it is, so that no night rewrites history.
LARGEST_MERGED = 250_000
MEMORY = "900MB"

KINDS = ("event", "other")
FILE_COLUMNS: dict[str, str] = {
    "raw_file_id": "varchar", "source": "varchar", "url": "varchar", "path": "varchar",
    "bytes": "bigint", "sha256": "varchar", "published_md5": "varchar", "n_rows": "bigint",
    "n_loaded": "bigint", "n_out_of_scope": "bigint", "n_duplicate": "bigint",
    "n_rejected": "bigint", "status": "varchar", "note": "varchar", "title": "varchar",
    "producer": "varchar", "licence": "varchar", "covers_from": "date", "covers_to": "date",
    "loaded_at": "timestamp", "load_id": "varchar", "sequence": "bigint",
}  # fmt: skip
REJECTED_COLUMNS: dict[str, str] = {
    "raw_file_id": "varchar", "load_id": "varchar", "raw_row": "bigint", "column_name": "varchar",
    "value": "varchar", "reason": "varchar", "raw_text": "varchar",
}  # fmt: skip
# One row each time that a file could not be had.
TRIED_COLUMNS: dict[str, str] = {
    "raw_file_id": "varchar", "attempts": "bigint", "tried_at": "timestamp",
}  # fmt: skip
LOG_COLUMNS = {"file": FILE_COLUMNS, "rejected": REJECTED_COLUMNS, "tried": TRIED_COLUMNS}
PART_COLUMNS: dict[str, dict[str, str]] = {
    "event": {
        "event_id": "varchar", "event_date": "date", "added_at": "timestamp",
        "actor1_iso3": "varchar", "actor2_iso3": "varchar", "actor1_sector": "varchar",
        "actor2_sector": "varchar", "is_official": "boolean", "cameo_code": "varchar",
        "goldstein_reported": "double", "n_mentions": "bigint", "category": "varchar",
        "title": "varchar", "source_name": "varchar", "source_url": "varchar",
        "latitude": "double", "longitude": "double", "raw_file_id": "varchar",
        "raw_row": "bigint",
    },
    "other": {
        "event_id": "varchar", "event_date": "date", "reason": "varchar",
        "actor1_name": "varchar", "actor2_name": "varchar", "cameo_code": "varchar",
        "raw_file_id": "varchar", "raw_row": "bigint",
    },
}  # fmt: skip
LOADED = ("loaded", "no_rows")
SUPERSEDED = "superseded"
# Numbers in text sort like numbers when they are as wide.
KEY_WIDTH = 40
_KEY = f"if(length(event_id) < {KEY_WIDTH}, lpad(event_id, {KEY_WIDTH}, '0'), event_id)"


@dataclass(frozen=True)
class RawFile:
    """A file on disk that is to be loaded."""

    raw_file_id: str
    name: str
    path: Path
    stored_path: str
    url: str | None
    first_day: date
    last_day: date
    sha256: str
    published_md5: str | None = None
    is_snapshot: bool = False
    sheet: str = ""

    @property
    def series(self) -> str:
        """What the versions of one snapshot have in common."""
        return self.raw_file_id.split("@")[0]


@dataclass
class Count:
    """Where the rows of one file went, filled while it is read."""

    file: RawFile
    load_id: str
    n_rows: int = 0
    n_loaded: int = 0
    n_out_of_scope: int = 0
    n_duplicate: int = 0
    n_rejected: int = 0
    n_mended: int = 0
    n_mended_later: int = 0
    n_blank: int = 0
    problem: str | None = None
    problem_status: str = "unreadable"

    @property
    def status(self) -> str:
        """'loaded', 'no_rows' (nothing in it), or why the file could not be read."""
        if self.problem:
            return self.problem_status
        return "loaded" if self.n_read else "no_rows"

    @property
    def n_read(self) -> int:
        """Lines that hold anything, counted from the bytes."""
        return self.n_rows - self.n_blank

    @property
    def note(self) -> str | None:
        """What should be known about the file."""
        if self.problem:
            return self.problem
        if n := self.n_mended + self.n_mended_later:
            return f"{n} lines held bytes that are no text; they show as \ufffd"
        return None


@dataclass
class Batch:
    """Lines of one or more files of one layout, as one text."""

    path: Path
    layout: Layout
    year: int
    slot: int = 0
    segments: list[tuple[int, str, int]] = field(default_factory=list)
    n_rows: int = 0
    n_bytes: int = 0
    refused: list[tuple[str, lines.Refused]] = field(default_factory=list)
    finished: list[Count] = field(default_factory=list)
    open_files: int = 0

    def add(self, raw_file_id: str, piece: lines.Piece) -> None:
        """Note where a piece's rows stand."""
        for run in piece.runs:
            if run.n_rows:
                self.segments.append((self.n_rows, raw_file_id, run.first_raw_row))
                self.n_rows += run.n_rows
        self.n_bytes += len(piece.text)
        self.refused += [(raw_file_id, one) for one in piece.refused]


class Store:
    """The folder of the event store. Writing needs the lock on the build; reading does not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def manifest(self) -> Manifest:
        """Return what the store holds now."""
        return manifest.read(self.folder)

    def exists(self) -> bool:
        """Say whether anything was ever committed."""
        return (self.folder / manifest.NAME).is_file()

    def paths(self, kind: str, of: Manifest | None = None) -> list[Path]:
        """Return the absolute paths of the parts or logs of a kind."""
        listed = of or self.manifest()
        every: tuple[Part | Log, ...] = (*listed.parts, *listed.logs)
        return [(self.folder / one.path).resolve() for one in every if one.kind == kind]

    def relation(self, kind: str) -> str:
        """Return SQL that reads the listed parts of a kind; typed and empty if there are none."""
        return relation(kind, self.paths(kind))

    def files(
        self, warehouse: Warehouse, ids: Sequence[str] | None = None
    ) -> dict[str, dict[str, Any]]:
        """Return the present state of raw files by id; of those named, or of all."""
        columns = list(FILE_COLUMNS)
        chosen = "" if ids is None else "where raw_file_id in (select unnest(?::varchar[]))"
        rows = warehouse.rows(
            f"select {', '.join(columns)} from {self.relation('file')} {chosen} "  # noqa: S608
            "qualify row_number() over (partition by raw_file_id order by sequence desc) = 1",
            [] if ids is None else [list(ids)],
        )
        return {row[0]: dict(zip(columns, row, strict=True)) for row in rows}

    def damaged(self) -> list[Path]:
        """Return the listed parts and logs that are gone or that cannot be read whole.

        Reads everything, so this is for when something has failed already.
        """
        held = self.manifest()
        every: tuple[Part | Log, ...] = (*held.parts, *held.logs)
        found = []
        with Warehouse() as warehouse:
            for one in every:
                path = (self.folder / one.path).resolve()
                try:
                    n = warehouse.rows(
                        "select count(*) from (select hash(t) as h from "  # noqa: S608
                        f"{read_parquet([path])} as t) where h is not null"
                    )[0][0]
                except DetenteError:
                    n = -1
                if n != one.n_rows:
                    found.append(path)
        return found

    def clean(self, needed: set[str] = frozenset()) -> None:  # type: ignore[assignment]
        """Remove what killed runs left, and what no database has read for a day."""
        if not self.folder.is_dir():
            return
        before = self.manifest()
        after = manifest.clean(self.folder, before, needed)
        if after != before:
            manifest.write(self.folder, after)


def relation(kind: str, paths: Sequence[Path]) -> str:
    """Return SQL that reads exactly these parts of a kind; typed and empty if there are none."""
    if paths:
        return read_parquet(paths)
    columns = PART_COLUMNS.get(kind) or LOG_COLUMNS[kind]
    extra = {"source": "varchar"} if kind in KINDS else {}
    nulls = ", ".join(f"null::{type_} as {name}" for name, type_ in {**columns, **extra}.items())
    return f"(select {nulls} limit 0)"


def read_parquet(paths: Iterable[Path]) -> str:
    """Return SQL that reads exactly these files."""
    listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
    return f"read_parquet([{listed}], union_by_name = false, hive_partitioning = false)"


class Loader:
    """Loads raw files of one source. Used under the lock on the build.

    Parameters
    ----------
    warehouse
        A database in memory that holds `core.cameo` and a table `country` (name, iso3,
        is_in_scope) in the source's naming.
    recipe
        Hash of what decides how rows become events; a change makes everything of the source be
        loaded anew, in one commit.
    batch_bytes
        Text that is parsed at once; default `BATCH_BYTES`.
    stopping
        Is set when loading ends before its end, so that whoever brings the files ends too.
    """

    def __init__(
        self,
        store: Store,
        warehouse: Warehouse,
        source: Source,
        recipe: str,
        batch_bytes: int | None = None,
        stopping: threading.Event | None = None,
    ) -> None:
        self.store, self.warehouse, self.source = store, warehouse, source
        self.recipe, self.batch_bytes = recipe, batch_bytes or BATCH_BYTES
        self.stopping = stopping or threading.Event()
        self.folder = store.folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.base = store.manifest()
        self.parts = list(self.base.parts)
        self.logs: list[Log] = []
        self.counts: dict[str, Count] = {}
        self.ready: list[Count] = []
        self.changed: dict[str, dict[str, Any]] = {}
        self.rejected: list[tuple[Any, ...]] = []
        self.committed: set[str] = set()
        self.starting_anew = False
        temporary = self.folder / "tmp"
        temporary.mkdir(exist_ok=True)
        # Bounds the memory whatever the input; what does not fit goes to disk.
        warehouse.execute(f"set memory_limit = '{MEMORY}'")
        warehouse.execute(f"set temp_directory = '{_text(temporary / 'spill')}'")
        warehouse.execute("set threads = 2")

    # -- loading ---------------------------------------------------------------------------------

    def load(self, files: Iterable[RawFile]) -> Iterator[Count]:
        """Load files, yielding the account of each once it is committed.

        A file that was loaded before with another content is taken out first; so is the older
        version of a snapshot. A file that cannot be read leaves its reason in the account.
        """
        self.starting_anew = self.base.recipes.get(self.source.name, self.recipe) != self.recipe
        if self.starting_anew:
            self.parts = [part for part in self.parts if part.source != self.source.name]
        for batch in self._parsed(self._batches(files)):
            self._process(batch)
            batch.path.unlink(missing_ok=True)
            self.ready += batch.finished
            if not batch.open_files and not self.starting_anew:
                yield from self._commit()
        yield from self._commit()

    def _parsed(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """Yield parsed batches; one is unpacked and one parsed while one is being used."""
        with (
            ThreadPoolExecutor(max_workers=1) as reader,
            ThreadPoolExecutor(max_workers=1) as parser,
            self.warehouse.beside() as beside,
        ):
            unpacked = reader.submit(next, batches, None)

            def parse() -> Batch | None:
                nonlocal unpacked
                batch = unpacked.result()
                if self.stopping.is_set():
                    return None
                if batch is not None:
                    unpacked = reader.submit(next, batches, None)
                    if batch.n_rows:
                        self._stage(batch, beside)
                return batch

            upcoming = parser.submit(parse)
            try:
                while (batch := upcoming.result()) is not None:
                    upcoming = parser.submit(parse)
                    yield batch
            except BaseException:  # Ctrl-C too: the threads are waited for on the way out
                self.stopping.set()
                raise

    def _batches(self, files: Iterable[RawFile]) -> Iterator[Batch]:
        """Read files into batches; runs in a thread of its own."""
        batch: Batch | None = None
        waiting: list[Count] = []
        number = 0
        limit = min(FIRST_BATCH_BYTES, self.batch_bytes)
        for file in files:
            if self.stopping.is_set():
                return
            count = Count(file, uuid.uuid4().hex[:12])
            self.counts[file.raw_file_id] = count
            try:
                for layout, piece, n_rows in self._pieces(count):
                    full = batch is not None and (
                        batch.layout != layout
                        or batch.year != file.first_day.year
                        or batch.n_bytes + len(piece.text) > limit
                        or len(batch.segments) >= BATCH_FILES
                    )
                    if batch is not None and full:
                        batch.open_files = int(count.n_rows > 0)
                        yield batch
                        batch, limit = None, min(2 * limit, self.batch_bytes)
                    if batch is None:
                        number += 1
                        path = self.folder / "tmp" / f"batch-{number % 4}.txt"
                        path.unlink(missing_ok=True)
                        batch = Batch(
                            path, layout, file.first_day.year, number % 2, finished=waiting
                        )
                        waiting = []
                    with batch.path.open("ab") as stream:
                        stream.write(piece.text)
                    batch.add(file.raw_file_id, piece)
                    count.n_rows += n_rows
                    count.n_mended += piece.n_mended
            except RawFileError as error:
                count.problem = str(error)
                if batch is not None:
                    _take_back(batch, file.raw_file_id)
                count.n_rows = count.n_mended = 0
            (batch.finished if batch is not None else waiting).append(count)
        if batch is not None:
            yield batch
        elif waiting:
            # Files without a single row: they are remembered all the same.
            path = self.folder / "tmp" / "batch-none.txt"
            yield Batch(path, Layout((), "", ""), 0, finished=waiting)

    def _pieces(self, count: Count) -> Iterator[tuple[Layout, lines.Piece, int]]:
        """Read one file: its layout, clean pieces, and the rows counted from the bytes."""
        file = count.file
        with archive.opened(file.path, sheet=file.sheet) as stream:
            texts = lines.whole_lines(archive.bounded(stream, PIECE_BYTES, file.path))
            first = next(texts, b"")
            if not first:
                return
            layout = self._layout(count, first[: first.find(b"\n") + 1] or first)
            if layout.is_quoted:
                yield from self._quoted_pieces(file, layout)
                return
            if archive.declared_size(file.path) > self.batch_bytes // 2:
                # A damaged end must be known before the beginning is in a batch.
                with archive.opened(file.path, sheet=file.sheet) as whole:
                    for _ in archive.bounded(whole, PIECE_BYTES, file.path):
                        pass
            row = 1
            for text in chain([first], texts):
                if row <= layout.header_lines:
                    start = text.find(b"\n") + 1 or len(text)
                    row, text = row + 1, text[start:]
                    if not text:
                        continue
                n_lines = lines.count_lines(text)
                if lines.is_clean(text):
                    yield layout, lines.as_it_is(text, row, n_lines), n_lines
                else:
                    piece = lines.taken_apart(text, row, len(layout.columns))
                    yield layout, piece, lines.count_rows(text)
                row += n_lines

    def _layout(self, count: Count, first_line: bytes) -> Layout:
        layout = self.source.layout(count.file.name, first_line)
        if layout is None:
            count.problem_status = "refused_layout"
            raise RawFileError(
                f"{count.file.name}: expected a layout of {self.source.name} that is known, got a "
                f"first line that begins with {lines.readable(first_line)[:80]!r}."
            )
        names = [name.lower() for name in layout.columns]
        if not all(name and name.isprintable() for name in names) or len(set(names)) < len(names):
            count.problem_status = "refused_layout"
            raise RawFileError(
                f"{count.file.name}: expected a name of its own for each column, got a header that "
                f"begins with {lines.readable(first_line)[:80]!r}."
            )
        return layout

    def _quoted_pieces(
        self, file: RawFile, layout: Layout
    ) -> Iterator[tuple[Layout, lines.Piece, int]]:
        with archive.opened(file.path, sheet=file.sheet) as stream:
            pieces = lines.whole_lines(archive.bounded(stream, PIECE_BYTES, file.path))
            n_breaks = lines.count_breaks(pieces)
        with archive.opened(file.path, sheet=file.sheet) as stream:
            for piece in lines.quoted(stream, len(layout.columns), layout.header_lines, PIECE_ROWS):
                n_breaks -= piece.n_breaks
                yield layout, piece, piece.n_rows + len(piece.refused)
        if n_breaks:
            raise StoreError(
                f"{file.name}: {n_breaks} lines more in its bytes than were read as records. "
                "Nothing of it was loaded. This is a fault of detente."
            )

    # -- one batch -------------------------------------------------------------------------------

    def _process(self, batch: Batch) -> None:
        """Parse a batch, say of each row what becomes of it, write the parts."""
        for raw_file_id, refused in batch.refused:
            self._refuse(raw_file_id, refused.raw_row, None, None, refused.reason, refused.raw_text)
        self._make_room(batch)
        if not batch.n_rows:
            return
        for name in ("staged", "segment"):
            self.warehouse.execute(
                f"create or replace temp view {name} as "  # noqa: S608
                f"select rowid, * from main.{name}_{batch.slot}"
            )
        for name in ("coded", "duplicate"):
            self.warehouse.execute(projection(name), where=name)
        self._put_aside_rejected(batch)
        self._settle_with_the_store()
        for raw_file_id, n_loaded, n_other in self.warehouse.rows(
            "select raw_file_id, count(*) filter (reason is null), "
            "count(*) filter (reason is not null) from coded where problem is null "
            "and batch_row not in (select batch_row from duplicate) group by raw_file_id"
        ):
            self.counts[raw_file_id].n_loaded += n_loaded
            self.counts[raw_file_id].n_out_of_scope += n_other
        for raw_file_id, n in self.warehouse.rows(
            "select raw_file_id, count(*) from duplicate group by raw_file_id"
        ):
            self.counts[raw_file_id].n_duplicate += n
        for kind in KINDS:
            self._write_part(kind, batch.year, projection(f"{kind}_part"))

    def _stage(self, batch: Batch, warehouse: Warehouse) -> None:
        """Parse the text strictly; if a line defies that, look at every line and parse again."""
        try:
            n_found = self._parse(batch, warehouse)
        except DetenteError:
            n_found = -1
        if n_found == batch.n_rows:
            return
        self._take_apart(batch)
        n_found = self._parse(batch, warehouse)
        if n_found != batch.n_rows:
            raise StoreError(
                f"{self.source.name}: expected {batch.n_rows} rows of a batch, the parser found "
                f"{n_found}. Nothing of the batch was loaded. This is a fault of detente."
            )

    def _parse(self, batch: Batch, warehouse: Warehouse) -> int:
        columns = ", ".join(f"'{_text(name)}': 'varchar'" for name in batch.layout.columns)
        absent = "".join(f', null::varchar as "{name}"' for name in batch.layout.absent)
        warehouse.execute(
            f"create or replace temp view raw as select *{absent} from read_csv("  # noqa: S608
            f"'{_text(batch.path)}', columns = {{{columns}}}, auto_detect = false, header = false, "
            f"delim = '\t', quote = '', escape = '', max_line_size = {lines.MAX_LINE})"
        )
        warehouse.execute(
            f"create or replace table main.staged_{batch.slot} as {batch.layout.query}",
            where=f"sql/sources/{batch.layout.projection}.sql",
        )
        warehouse.execute(
            f"create or replace table main.segment_{batch.slot} as "
            "select unnest(?::bigint[]) as first_row, "
            "unnest(?::varchar[]) as raw_file_id, unnest(?::bigint[]) as first_raw_row",
            [list(column) for column in zip(*batch.segments, strict=True)],
        )
        return int(warehouse.rows(f"select count(*) from main.staged_{batch.slot}")[0][0])  # noqa: S608

    def _take_apart(self, batch: Batch) -> None:
        n_fields = len(batch.layout.columns)
        text = batch.path.read_bytes()
        ends = [start for start, _, _ in batch.segments[1:]] + [batch.n_rows]
        every_line = text.split(b"\n")
        redone = replace(batch, segments=[], n_rows=0, n_bytes=0, refused=[])
        with batch.path.open("wb") as stream:
            for (start, raw_file_id, first_raw_row), end in zip(batch.segments, ends, strict=True):
                own = b"\n".join(every_line[start:end])
                piece = lines.taken_apart(own, first_raw_row, n_fields)
                stream.write(piece.text)
                redone.add(raw_file_id, piece)
                # The reading thread may still be counting the same file.
                self.counts[raw_file_id].n_mended_later += piece.n_mended
                self.counts[raw_file_id].n_blank += (
                    (end - start) - piece.n_rows - len(piece.refused)
                )
        batch.refused += redone.refused
        batch.segments, batch.n_rows = redone.segments or [(0, "", 0)], redone.n_rows

    def _refuse(
        self,
        raw_file_id: str,
        raw_row: int,
        column: str | None,
        value: str | None,
        reason: str,
        raw_text: str,
    ) -> None:
        count = self.counts[raw_file_id]
        count.n_rejected += 1
        self.rejected.append((raw_file_id, count.load_id, raw_row, column, value, reason, raw_text))

    def _put_aside_rejected(self, batch: Batch) -> None:
        rows = self.warehouse.rows(
            "select batch_row, raw_file_id, raw_row, problem from coded where problem is not null "
            "order by batch_row"
        )
        if not rows:
            return
        wanted = {row[0] for row in rows}
        texts: dict[int, str] = {}
        with batch.path.open("rb") as stream:
            for number, line in enumerate(stream):
                if number in wanted:
                    texts[number] = lines.readable(line.rstrip(b"\n"))
        for number, raw_file_id, raw_row, problem in rows:
            column = batch.layout.code_column if problem == "$code" else problem
            fields = texts[number].split("\t")
            value = (
                fields[batch.layout.columns.index(column)]
                if column in batch.layout.columns
                else None
            )
            reason = (
                "expected a CAMEO code of data/raw/reference/cameo.csv"
                if problem == "$code" and value
                else batch.layout.expected.get(column, "expected a value that can be read")
            )
            self._refuse(raw_file_id, raw_row, column, value, reason, texts[number])

    # -- exactly once ----------------------------------------------------------------------------

    def _make_room(self, batch: Batch) -> None:
        """Take out what the batch's files told before: another content, an older snapshot."""
        ids = [count.file.raw_file_id for count in batch.finished]
        ids += [raw_file_id for _, raw_file_id, _ in batch.segments]
        new = [one for one in dict.fromkeys(ids) if one not in self.changed and one]
        if not new:
            return
        before = self.store.files(self.warehouse, new)
        gone = (
            []
            if self.starting_anew
            else [one for one, row in before.items() if row["status"] in LOADED and row["n_rows"]]
        )
        for raw_file_id in new:
            file = self.counts[raw_file_id].file
            if file.is_snapshot:
                gone += self._supersede(file)
        for raw_file_id in new:
            self.changed[raw_file_id] = {}
        if gone:
            for part in [one for one in self.parts if one.source == self.source.name]:
                self._rewrite(part, "raw_file_id", gone)

    def _supersede(self, file: RawFile) -> list[str]:
        older = []
        for raw_file_id, row in self.store.files(self.warehouse).items():
            is_older = raw_file_id.split("@")[0] == file.series and raw_file_id != file.raw_file_id
            if is_older and row["status"] in LOADED:
                older.append(raw_file_id)
                self.changed[raw_file_id] = {
                    **row,
                    "status": SUPERSEDED,
                    "note": f"a newer version stands in for it: {file.name}",
                    "n_out_of_scope": row["n_rows"] - row["n_rejected"],
                    "n_loaded": 0,
                    "n_duplicate": 0,
                }
        return older

    def _settle_with_the_store(self) -> None:
        """Find events that the store has already; of two tellings the earlier file's counts.

        Only parts whose range of ids meets the batch's are read. Providers number their events in
        order, so a night meets none.
        """
        n, low, high = self._span("coded where problem is null")
        if not n:
            return
        for part in list(self.parts):
            if part.source == self.source.name and part.min_key <= high and low <= part.max_key:
                self._settle_with(part)

    def _settle_with(self, part: Part) -> None:
        path = read_parquet([self.folder / part.path])
        self.warehouse.execute(
            f"create or replace temp table met as select event_id, old.raw_file_id as old_file, "  # noqa: S608
            f"coded.batch_row, coded.raw_file_id as new_file, "
            f"(old.raw_file_id, old.raw_row) < (coded.raw_file_id, coded.raw_row) as old_counts "
            f"from coded inner join {path} as old using (event_id) where coded.problem is null "
            "and coded.batch_row not in (select batch_row from duplicate)"
        )
        self.warehouse.execute(
            "insert into duplicate select batch_row, event_id, new_file from met where old_counts"
        )
        losers = self.warehouse.rows(
            "select old_file, list(event_id) from met where not old_counts group by old_file"
        )
        if not losers:
            return
        self._rewrite(part, "event_id", [one for _, ids in losers for one in ids])
        column = "n_loaded" if part.kind == "event" else "n_out_of_scope"
        for raw_file_id, ids in losers:
            if raw_file_id in self.counts and raw_file_id not in self.committed:
                count = self.counts[raw_file_id]
                setattr(count, column, getattr(count, column) - len(ids))
                count.n_duplicate += len(ids)
                continue
            row = (
                self.changed.get(raw_file_id)
                or self.store.files(self.warehouse, [raw_file_id])[raw_file_id]
            )
            self.changed[raw_file_id] = {
                **row,
                column: row[column] - len(ids),
                "n_duplicate": row["n_duplicate"] + len(ids),
            }

    def _rewrite(self, part: Part, column: str, values: list[str]) -> None:
        """Write a part anew without some of its rows."""
        path = read_parquet([self.folder / part.path])
        n = self.warehouse.rows(
            f"select count(*) from {path} where {column} in (select unnest(?::varchar[]))",  # noqa: S608
            [values],
        )[0][0]
        if not n:
            return
        self.parts.remove(part)
        self.warehouse.execute(
            "create or replace temp table dropped as select unnest(?::varchar[]) as value", [values]
        )
        self._write(
            part.kind,
            Path(part.path).parent,
            f"select * exclude (source) from {path} "  # noqa: S608
            f"where {column} not in (select value from dropped)",
        )

    # -- parts -----------------------------------------------------------------------------------

    def _write_part(self, kind: str, year: int, query: str) -> None:
        self._write(kind, Path(f"source={self.source.name}") / f"year={year}", query)

    def _write(self, kind: str, folder: Path, query: str) -> None:
        """Write the rows of a query as a part, whole and on disk before it has its name."""
        name = folder / f"{kind}-{uuid.uuid4().hex[:16]}.parquet"
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.folder / "tmp" / target.name
        source = name.parts[0].removeprefix("source=")
        self.warehouse.execute(
            f"copy (select *, '{_text(source)}' as source from ({query})) "  # noqa: S608
            f"to '{_text(temporary)}' (format parquet, compression zstd, row_group_size 122880)"
        )
        n_rows, low, high = self._span(read_parquet([temporary]))
        if not n_rows:
            temporary.unlink()
            return
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.replace(target)
        manifest.sync(target.parent)
        size = target.stat().st_size
        self.parts.append(Part(name.as_posix(), source, kind, n_rows, low, high, size))

    def _span(self, relation: str) -> tuple[int, str, str]:
        """Return how many events there are and the range of their keys."""
        n, n_numbers, low, high = self.warehouse.rows(
            "select count(*), count(number), min(number), max(number) "  # noqa: S608
            f"from (select try_cast(event_id as ubigint) as number from {relation})"
        )[0]
        if n and n == n_numbers:
            return n, str(low).zfill(KEY_WIDTH), str(high).zfill(KEY_WIDTH)
        if n:
            low, high = self.warehouse.rows(f"select min({_KEY}), max({_KEY}) from {relation}")[0]  # noqa: S608
        return n, low or "", high or ""

    def _write_log(self, kind: str, rows: Sequence[Sequence[Any]]) -> None:
        if not rows:
            return
        columns = LOG_COLUMNS[kind]
        fields = ", ".join(f"unnest(?::{type_}[]) as {name}" for name, type_ in columns.items())
        name = f"{kind}-{uuid.uuid4().hex[:16]}.parquet"
        (self.folder / "ledger").mkdir(exist_ok=True)
        temporary, target = self.folder / "tmp" / name, self.folder / "ledger" / name
        self.warehouse.execute(
            f"create or replace temp table log as select {fields}",
            [list(column) for column in zip(*rows, strict=True)],
        )
        self.warehouse.execute(f"copy log to '{_text(temporary)}' (format parquet)")
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.replace(target)
        manifest.sync(target.parent)
        self.logs.append(Log(f"ledger/{name}", kind, len(rows)))

    # -- committing ------------------------------------------------------------------------------

    def _commit(self) -> Iterator[Count]:
        done, self.ready = self.ready, []
        if not done and self.parts == list(self.base.parts):
            return
        sequence = self.base.sequence + 1
        now = clock.second()
        for count in done:
            self.changed[count.file.raw_file_id] = _file_row(count, self.source, now)
        rows = [
            tuple(({**row, "sequence": sequence})[name] for name in FILE_COLUMNS)
            for row in self.changed.values()
            if row
        ]
        self._write_log("file", rows)
        self._write_log("rejected", self.rejected)
        self._write_log(
            "tried", [(count.file.raw_file_id, 1, now) for count in done if count.problem]
        )
        self._put(recipes={**self.base.recipes, self.source.name: self.recipe})
        self.changed, self.rejected = {}, []
        self.committed |= {count.file.raw_file_id for count in done}
        yield from done

    def _put(self, **changes: object) -> None:
        new = self.base.succeeded_by(
            parts=tuple(self.parts), logs=(*self.base.logs, *self.logs), **changes
        )
        manifest.write(self.folder, new)
        self.base, self.logs = new, []

    def record_failures(
        self, rows: Sequence[dict[str, Any]], tried: Sequence[tuple[str, int]] = ()
    ) -> None:
        """Remember files that could not be had, with the reason, for the next run.

        Parameters
        ----------
        rows
            Their new states; a file that fails again in the same way needs none.
        tried
            How often each file was asked for in vain, by its id.
        """
        if not rows and not tried:
            return
        sequence = self.base.sequence + 1
        self._write_log(
            "file",
            [
                tuple({**row, "sequence": sequence}.get(name) for name in FILE_COLUMNS)
                for row in rows
            ],
        )
        now = clock.second()
        self._write_log("tried", [(*one, now) for one in tried])
        self._put()

    # -- compaction ------------------------------------------------------------------------------

    def compact(self) -> int:
        """Merge parts of like size, and the ledger's logs; return how many parts were merged."""
        merged = 0
        while group := self._mergeable():
            first = group[0]
            order = "event_date, event_id" if first.kind == "event" else "event_id"
            for part in group:
                self.parts.remove(part)
            self._write(
                first.kind,
                Path(first.path).parent,
                f"select * exclude (source) from "  # noqa: S608
                f"{read_parquet(self.folder / one.path for one in group)} order by {order}",
            )
            merged += len(group)
        logs = [one for one in self.base.logs if one.kind in ("file", "tried")]
        if len(logs) >= 4 * MERGE_AT:
            self._merge_logs()
            merged += len(logs)
        elif merged:
            self._put()
        return merged

    def _mergeable(self) -> list[Part]:
        groups: dict[tuple[str, str, int], list[Part]] = {}
        for part in self.parts:
            if part.n_rows > LARGEST_MERGED:
                continue
            tier, size = 0, SMALLEST_TIER
            while part.n_rows > size:
                tier, size = tier + 1, size * TIER
            key = (part.kind, Path(part.path).parent.as_posix(), tier)
            groups.setdefault(key, []).append(part)
        for group in groups.values():
            if len(group) >= MERGE_AT:
                return sorted(group, key=lambda one: one.min_key)[:MERGE_AT]
        return []

    def _merge_logs(self) -> None:
        files = self.store.files(self.warehouse)
        rows = [tuple(row[name] for name in FILE_COLUMNS) for row in files.values()]
        rejected = self.warehouse.rows(
            f"select {', '.join(REJECTED_COLUMNS)} from {self.store.relation('rejected')}"  # noqa: S608
        )
        tried = self.warehouse.rows(
            "select raw_file_id, sum(attempts)::bigint, max(tried_at) "  # noqa: S608
            f"from {self.store.relation('tried')} group by raw_file_id order by raw_file_id"
        )
        loads = {row["load_id"] for row in files.values()}
        self._write_log("file", rows)
        self._write_log("rejected", [row for row in rejected if row[1] in loads])
        # What has come since is forgotten.
        self._write_log(
            "tried", [row for row in tried if files[row[0]]["status"] not in (*LOADED, SUPERSEDED)]
        )
        new = self.base.succeeded_by(parts=tuple(self.parts), logs=tuple(self.logs))
        manifest.write(self.folder, new)
        self.base, self.logs = new, []


def _take_back(batch: Batch, raw_file_id: str) -> None:
    """Remove from a batch what a file that turned out damaged had put into it."""
    kept = [one for one in batch.segments if one[1] != raw_file_id]
    if len(kept) == len(batch.segments):
        batch.refused = [one for one in batch.refused if one[0] != raw_file_id]
        return
    first = batch.segments[len(kept)][0]
    with batch.path.open("r+b") as stream:
        for _ in range(first):
            stream.readline()
        stream.truncate(stream.tell())
        batch.n_bytes = stream.tell()
    batch.segments, batch.n_rows = kept, first
    batch.refused = [one for one in batch.refused if one[0] != raw_file_id]


def _file_row(count: Count, source: Source, now: datetime) -> dict[str, Any]:
    file = count.file
    return {
        "raw_file_id": file.raw_file_id,
        "source": source.name,
        "url": file.url,
        "path": file.stored_path,
        "bytes": file.path.stat().st_size,
        "sha256": file.sha256,
        "published_md5": file.published_md5,
        "n_rows": count.n_read,
        "n_loaded": count.n_loaded,
        "n_out_of_scope": count.n_out_of_scope,
        "n_duplicate": count.n_duplicate,
        "n_rejected": count.n_rejected,
        "status": count.status,
        "note": count.note,
        "title": source.title,
        "producer": source.producer,
        "licence": source.licence,
        "covers_from": file.first_day,
        "covers_to": file.last_day,
        "loaded_at": now,
        "load_id": count.load_id,
    }


def _text(value: object) -> str:
    return str(value).replace("'", "''")


def sql_digest(name: str) -> str:
    """Return the text of the SQL that decides what becomes of a source's rows."""
    folder = _assets.sql() / "sources"
    names = (name, "coded", "duplicate", "event_part", "other_part")
    return "\0".join((folder / f"{one}.sql").read_text(encoding="utf-8") for one in names)
