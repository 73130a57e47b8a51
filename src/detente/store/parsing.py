"""Parse batches of text: one while the next is unpacked and the one before is being kept."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from detente.base.errors import DetenteError, StoreError
from detente.database.builder import Warehouse
from detente.database.quoting import literal
from detente.database.reader import pattern
from detente.sources import lines
from detente.sources.base import Source, projection
from detente.store import batches
from detente.store.batches import Batch
from detente.store.raw_file import Count

# What an event may have, beside what each has.
OPTIONAL = {
    "quad_class_reported": "utinyint", "n_sources": "bigint", "is_root_event": "boolean",
    "avg_tone": "double", "n_deaths": "bigint", "n_deaths_low": "bigint",
    "n_deaths_high": "bigint", "contexts": "varchar", "place_country": "varchar",
    "category": "varchar", "title": "varchar", "source_url": "varchar",
    "actor1_sector": "varchar", "actor2_sector": "varchar", "told_at": "timestamp",
    "numbering": "utinyint", "numbered_in": "varchar",
}  # fmt: skip

_ROW_GROUP = 122_880  # rows, of DuckDB


@dataclass(frozen=True)
class Parser:
    """Parses the batches of one source into tables `coded_N` and `place_N` of a database.

    Attributes
    ----------
    counts
        Accounts by file; lines that the strict reader would misread are counted there.
    stopping
        Is set when loading ends before its end.
    prepare
        Fills the tables by which rows become events, while the first files are being unpacked.
    """

    source: Source
    warehouse: Warehouse
    counts: dict[str, Count]
    stopping: threading.Event
    prepare: Callable[[], None]

    def parsed(self, coming: Iterator[Batch]) -> Generator[Batch]:
        """Yield parsed batches; others are unpacked and one is parsed while one is being used."""
        # The connection is closed last, when the thread that uses it has ended.
        with (
            self.warehouse.beside() as beside,
            ThreadPoolExecutor(max_workers=1) as reader,
            ThreadPoolExecutor(max_workers=1) as parser,
        ):
            unpacked = deque(reader.submit(next, coming, None) for _ in range(batches.AHEAD))

            def parse() -> Batch | None:
                batch = unpacked.popleft().result()
                if self.stopping.is_set():
                    return None
                if batch is not None:
                    unpacked.append(reader.submit(next, coming, None))
                    if batch.n_rows:
                        self._stage(batch, beside)
                return batch

            try:
                self.prepare()
                upcoming = parser.submit(parse)
                while (batch := upcoming.result()) is not None:
                    upcoming = parser.submit(parse)
                    yield batch
            except BaseException:  # Ctrl-C too: the threads are waited for on the way out
                self.stopping.set()
                raise

    def _stage(self, batch: Batch, warehouse: Warehouse) -> None:
        """Parse the text strictly; if a line defies that, look at every line and parse again."""
        try:
            n_found, columns = _parse(batch, warehouse)
        except DetenteError:
            n_found, columns = -1, frozenset()
        if n_found != batch.n_rows:
            batch.take_apart(self.counts)
            n_found, columns = _parse(batch, warehouse)
        if n_found != batch.n_rows:
            raise StoreError(
                f"{self.source.name}: expected {batch.n_rows} rows of a batch, the parser found "
                f"{n_found}. Nothing of the batch was loaded. This is a bug in detente."
            )
        if "numbering" in columns:
            self._note_numbering(batch, warehouse)
        self._note_places(batch, warehouse)

    def _note_places(self, batch: Batch, warehouse: Warehouse) -> None:
        """Note where the events of files took place that may hold those of some states only."""
        files = {one for _, one, _ in batch.segments if one}
        if not any(self.counts[one].file.remote.is_part_of_world for one in files):
            return
        for raw_file_id, place in warehouse.rows(
            "select distinct raw_file_id::varchar, coalesce(country.iso3, place) "  # noqa: S608
            "from (select trim(place_country) as place from row_told) "
            f"positional join main.place_{batch.slot} "
            "left join country on actor_key(place) = country.name where place <> ''"
        ):
            self.counts[raw_file_id].places.add(place)

    def _note_numbering(self, batch: Batch, warehouse: Warehouse) -> None:
        for raw_file_id, numbering, n_nowhere in warehouse.rows(
            "select raw_file_id::varchar, min(numbering), "  # noqa: S608
            "count(distinct batch_row) filter (numbered_in is null) "
            f"from main.coded_{batch.slot} inner join main.place_{batch.slot} using (batch_row) "
            "where numbering is not null and problem is null group by raw_file_id"
        ):
            count = self.counts[raw_file_id]
            count.numbering = min(count.numbering or numbering, numbering)
            count.n_nowhere += n_nowhere


def _parse(batch: Batch, warehouse: Warehouse) -> tuple[int, frozenset[str]]:
    """Parse a text; return how many rows were found and the columns that the source tells."""
    columns = ", ".join(f"{literal(name)}: 'varchar'" for name in batch.layout.columns)
    absent = "".join(f', null::varchar as "{name}"' for name in batch.layout.absent)
    warehouse.execute(
        f"create or replace temp view raw as select {batch.layout.reads}{absent} from read_csv("  # noqa: S608
        f"'{pattern(batch.path)}', columns = {{{columns}}}, auto_detect = false, "
        "header = false, delim = '\t', quote = '', escape = '', "
        f"max_line_size = {lines.MAX_LINE}{_in_halves(batch)})"
    )
    where = f"sql/sources/{batch.layout.projection}.sql"
    told = _code(batch, warehouse, where)
    # Where each row stands in its file: rows keep the order of the text. A file's name is the
    # number of a sorted list, which costs less than text to sort, to group and to write.
    ends = [first for first, _, _ in batch.segments[1:]] + [batch.n_rows]
    ids = sorted({raw_file_id for _, raw_file_id, _ in batch.segments})
    names = ", ".join(f"{literal(one)}" for one in ids)
    warehouse.execute(
        f"create or replace table main.place_{batch.slot} as "  # noqa: S608
        "select unnest(range(first_row, end_row)) as batch_row, raw_file_id, "
        "first_raw_row - first_row + batch_row as raw_row, latest, is_preliminary from ("
        "select unnest(?::bigint[]) as first_row, unnest(?::bigint[]) as end_row, "
        f"unnest(?::enum({names})[]) as raw_file_id, unnest(?::bigint[]) as first_raw_row, "
        "unnest(?::date[]) as latest, unnest(?::boolean[]) as is_preliminary)",
        [
            [first for first, _, _ in batch.segments],
            ends,
            [raw_file_id for _, raw_file_id, _ in batch.segments],
            [first_raw_row for _, _, first_raw_row in batch.segments],
            [batch.latest.get(raw_file_id) for _, raw_file_id, _ in batch.segments],
            [raw_file_id in batch.preliminary for _, raw_file_id, _ in batch.segments],
        ],
    )
    query = f"select {batch.layout.row_count_sql} from main.coded_{batch.slot}"  # noqa: S608
    return int(warehouse.rows(query)[0][0]), told


def _in_halves(batch: Batch) -> str:
    """Return the option by which each of two threads parses one half of a text.

    A thread takes a quarter of a buffer at a time, by default more than most batches have. Where a
    piece has fewer rows than a row group, DuckDB copies them once more to keep their order: such
    a batch is left to one thread.
    """
    if batch.n_rows < 2 * _ROW_GROUP * 1.1:
        return ""
    return f", buffer_size = {4 * (batch.n_bytes // 2 + 1)}"


def _code(batch: Batch, warehouse: Warehouse, where: str) -> frozenset[str]:
    """Look up states and codes; take apart rows that name several actors on a side.

    Returns
    -------
    The columns that the source tells.
    """
    layout = batch.layout
    # Columns that a source lacks are null.
    told = "row_told"
    for name, value in layout.variables.items():
        warehouse.execute(f"set variable {name} = {literal(value)}")
    warehouse.execute(
        f"create or replace temp view {told} as {projection(layout.projection)}", where=where
    )
    if layout.has_sides:
        told = "pair_told"
        warehouse.execute(
            f"create or replace temp view {told} as {projection('pairs')}", where=where
        )
    known = frozenset(warehouse.columns(told))
    absent = [f"null::{type_} as {name}" for name, type_ in OPTIONAL.items() if name not in known]
    absent += [] if layout.has_sides else ["1 as n_pairs"]
    chosen = ", ".join(["*", *absent])
    warehouse.execute(
        f"create or replace temp view told as select {chosen} from {told}",  # noqa: S608
        where=where,
    )
    warehouse.execute(f"set variable earliest = date '{layout.earliest}'")
    warehouse.execute(f"set variable refuses_unknown = {layout.refuses_unknown}")
    query = projection("coded")
    if layout.has_sides:
        warehouse.execute(f"create or replace temp view coded_pair as {query}", where=where)
        query = projection("settled_pairs")
    coded = f"main.coded_{batch.slot}"
    warehouse.execute(f"create or replace table {coded} as {query}", where=where)
    if "numbering" in known:
        warehouse.execute(
            f"update {coded} set numbered_in = (select min(iso3)::varchar from country "  # noqa: S608
            "where name = actor_key(numbered_in)) where numbering is not null"
        )
    return known


def show(batch: Batch, warehouse: Warehouse) -> None:
    """Show a parsed batch as the view `coded`, with the place of each row in its file."""
    joined = (
        f"main.coded_{batch.slot} inner join main.place_{batch.slot} using (batch_row)"
        if batch.layout.has_sides
        else f"main.coded_{batch.slot} positional join main.place_{batch.slot}"
    )
    # No event is later than the day on which its file was made; the next day has begun elsewhere.
    warehouse.execute(
        "create or replace temp view coded as select * exclude (latest) "  # noqa: S608
        "replace (if(problem is null and event_date > latest + 1, '$day', problem) as problem) "
        f"from {joined}"
    )
