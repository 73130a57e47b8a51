"""Loading of raw files into the event store, exactly once whatever happens in between.

A thread unpacks the next batch while the database parses this one. A batch becomes one part of
events in scope and one of events outside it, and is committed as soon as every file that it touches
is whole.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from detente.base import assets, clock
from detente.base.errors import DetenteError, StoreError
from detente.database.builder import Warehouse
from detente.sources import lines
from detente.sources.base import Source, projection
from detente.store import batches, manifest, parts
from detente.store.batches import OUTCOMES, Batch, Count, RawFile, Reader
from detente.store.events import (
    FILE_COLUMNS,
    KINDS,
    LOADED,
    REJECTED_COLUMNS,
    SUPERSEDED,
    Store,
    quoted,
    read_parquet,
)
from detente.store.manifest import Log, Part
from detente.store.parts import PartWriter, mergeable, span

MEMORY = "900MB"
UNKNOWN = "an actor is unknown"
# What an event may have, beside what each has.
OPTIONAL = {
    "quad_class_reported": "utinyint", "n_sources": "bigint", "is_root_event": "boolean",
    "avg_tone": "double", "n_deaths": "bigint", "n_deaths_low": "bigint",
    "n_deaths_high": "bigint", "contexts": "varchar", "place_country": "varchar",
    "category": "varchar", "title": "varchar", "source_url": "varchar",
    "actor1_sector": "varchar", "actor2_sector": "varchar",
}  # fmt: skip
# Sources that tell kinds of event in words, compared without regard to case and punctuation.
NAMED_CODES = ("icews", "polecat", "acled", "ucdp_ged")
NAMING = {
    "name": "name", "iso3": "ISO 3166-1 alpha-3 code", "iso2": "ISO 3166-1 alpha-2 code",
    "cow": "Correlates of War number", "gwcode": "Gleditsch-Ward number", "cameo": "CAMEO code",
    "fips": "FIPS 10-4 code",
}  # fmt: skip
# The row that an event comes from: one that names several actors is several events.
_ROW_ID = (
    "if(contains(old.event_id, '>'), "
    "regexp_replace(old.event_id, ':[A-Z]{3}>[A-Z]{3}$', ''), old.event_id)"
)


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
        Text that is parsed at once; default `batches.BATCH_BYTES`.
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
        self.recipe, self.batch_bytes = recipe, batch_bytes or batches.BATCH_BYTES
        self.stopping = stopping or threading.Event()
        self.folder = store.folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.base = store.manifest()
        self.parts = list(self.base.parts)
        self.writer = PartWriter(self.folder, warehouse)
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
        warehouse.execute(f"set temp_directory = '{quoted(temporary / 'spill')}'")
        warehouse.execute("set threads = 2")
        # What a batch leaves is given back to the system beside the work, not within it.
        warehouse.execute("set allocator_background_threads = true")
        # The text's number of rows is not known before; taken for small, it would be hashed whole
        # to look up a few hundred names in it.
        warehouse.execute("set disabled_optimizers = 'build_side_probe_side'")

    # -- loading ---------------------------------------------------------------------------------

    def load(self, files: Iterable[RawFile]) -> Iterator[Count]:
        """Load files, yielding the account of each once it is committed.

        A file that was loaded before with another content is taken out first; so is the older
        version of a snapshot. A file that cannot be read leaves its reason in the account.
        """
        self.starting_anew = self.base.recipes.get(self.source.name, self.recipe) != self.recipe
        if self.starting_anew:
            self.parts = [part for part in self.parts if part.source != self.source.name]
        temporary = self.folder / "tmp"
        reader = Reader(self.source, temporary, self.counts, self.stopping, self.batch_bytes)
        for batch in self._parsed(reader.batches(files)):
            self._process(batch)
            self.ready += batch.finished
            if not batch.open_files and not self.starting_anew:
                yield from self._commit()
        yield from self._commit()

    def _parsed(self, coming: Iterator[Batch]) -> Iterator[Batch]:
        """Yield parsed batches; others are unpacked and one is parsed while one is being used."""
        with (
            ThreadPoolExecutor(max_workers=1) as reader,
            ThreadPoolExecutor(max_workers=1) as parser,
            self.warehouse.beside() as beside,
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

            upcoming = parser.submit(parse)
            try:
                while (batch := upcoming.result()) is not None:
                    upcoming = parser.submit(parse)
                    yield batch
            except BaseException:  # Ctrl-C too: the threads are waited for on the way out
                self.stopping.set()
                raise

    # -- one batch -------------------------------------------------------------------------------

    def _process(self, batch: Batch) -> None:
        """Say of each row of a parsed batch what becomes of it, write the parts."""
        for raw_file_id, refused in batch.refused:
            self._refuse(raw_file_id, refused.raw_row, None, None, refused.reason, refused.raw_text)
        self._make_room(batch)
        if not batch.n_rows:
            return
        joined = (
            f"main.coded_{batch.slot} inner join main.place_{batch.slot} using (batch_row)"
            if batch.layout.has_sides
            else f"main.coded_{batch.slot} positional join main.place_{batch.slot}"
        )
        # No event is later than the day on which its file was made; the next day has begun
        # elsewhere.
        self.warehouse.execute(
            "create or replace temp view coded as select * exclude (latest) "  # noqa: S608
            "replace (if(problem is null and event_date > latest + 1, '$day', problem) as problem) "
            f"from {joined}"
        )
        self.warehouse.execute(projection("duplicate"), where="sql/sources/duplicate.sql")
        self._put_aside_rejected(batch)
        keys = self._settle_with_the_store()
        for raw_file_id, n_loaded, n_other, n_unknown in self.warehouse.rows(
            "select raw_file_id, count(distinct batch_row) filter (reason is null), "  # noqa: S608
            f"count(*) filter (reason <> '{UNKNOWN}'), count(*) filter (reason = '{UNKNOWN}') "
            "from coded where problem is null "
            "and batch_row not in (select batch_row from duplicate) group by raw_file_id"
        ):
            self.counts[raw_file_id].n_loaded += n_loaded
            self.counts[raw_file_id].n_out_of_scope += n_other
            self.counts[raw_file_id].n_unknown += n_unknown
        for raw_file_id, first, last in self.warehouse.rows(
            "select raw_file_id, min(event_date), max(event_date) from coded "
            "where problem is null group by raw_file_id"
        ):
            self.counts[raw_file_id].see(first, last)
        for raw_file_id, n in self.warehouse.rows(
            "select raw_file_id, count(distinct batch_row) from duplicate group by raw_file_id"
        ):
            self.counts[raw_file_id].n_duplicate += n
        for kind in KINDS:
            query, year = projection(f"{kind}_part"), f"year={batch.year}"
            self._replace([], self.writer.part(kind, self.source.name, year, query, keys))

    def _stage(self, batch: Batch, warehouse: Warehouse) -> None:
        """Parse the text strictly; if a line defies that, look at every line and parse again."""
        try:
            n_found = self._parse(batch, warehouse)
        except DetenteError:
            n_found = -1
        if n_found == batch.n_rows:
            return
        batch.take_apart(self.counts)
        n_found = self._parse(batch, warehouse)
        if n_found != batch.n_rows:
            raise StoreError(
                f"{self.source.name}: expected {batch.n_rows} rows of a batch, the parser found "
                f"{n_found}. Nothing of the batch was loaded. This is a fault of detente."
            )

    def _parse(self, batch: Batch, warehouse: Warehouse) -> int:
        columns = ", ".join(f"'{quoted(name)}': 'varchar'" for name in batch.layout.columns)
        absent = "".join(f', null::varchar as "{name}"' for name in batch.layout.absent)
        warehouse.execute(
            f"create or replace temp view raw as select *{absent} from read_csv("  # noqa: S608
            f"'{quoted(batch.path)}', columns = {{{columns}}}, auto_detect = false, "
            "header = false, delim = '\t', quote = '', escape = '', "
            f"max_line_size = {lines.MAX_LINE})"
        )
        where = f"sql/sources/{batch.layout.projection}.sql"
        self._code(batch, warehouse, where)
        # Where each row stands in its file: rows keep the order of the text. A file's name is the
        # number of a sorted list, which costs less than text to sort, to group and to write.
        ends = [first for first, _, _ in batch.segments[1:]] + [batch.n_rows]
        ids = sorted({raw_file_id for _, raw_file_id, _ in batch.segments})
        names = ", ".join(f"'{quoted(one)}'" for one in ids)
        warehouse.execute(
            f"create or replace table main.place_{batch.slot} as "  # noqa: S608
            "select unnest(range(first_row, end_row)) as batch_row, raw_file_id, "
            "first_raw_row - first_row + batch_row as raw_row, latest from ("
            "select unnest(?::bigint[]) as first_row, unnest(?::bigint[]) as end_row, "
            f"unnest(?::enum({names})[]) as raw_file_id, unnest(?::bigint[]) as first_raw_row, "
            "unnest(?::date[]) as latest)",
            [
                [first for first, _, _ in batch.segments],
                ends,
                [raw_file_id for _, raw_file_id, _ in batch.segments],
                [first_raw_row for _, _, first_raw_row in batch.segments],
                [batch.latest.get(raw_file_id) for _, raw_file_id, _ in batch.segments],
            ],
        )
        counted = "count(distinct batch_row)" if batch.layout.has_sides else "count(*)"
        return int(warehouse.rows(f"select {counted} from main.coded_{batch.slot}")[0][0])  # noqa: S608

    def _code(self, batch: Batch, warehouse: Warehouse, where: str) -> None:
        """Look up states and codes; take apart rows that name several actors on a side."""
        layout = batch.layout
        # A source tells of an event what it has; the rest is null.
        told, pairs = "row_told", "select * from row_told"
        warehouse.execute(f"create or replace temp view {told} as {layout.query}", where=where)
        if layout.has_sides:
            told, pairs = "pair_told", projection("pairs")
            warehouse.execute(f"create or replace temp view {told} as {pairs}", where=where)
        known = set(warehouse.columns(told))
        absent = ", ".join(
            f"null::{type_} as {name}" for name, type_ in OPTIONAL.items() if name not in known
        )
        warehouse.execute(
            f"create or replace temp view told as select *, {absent} from {told}"  # noqa: S608
            if absent
            else f"create or replace temp view told as from {told}",
            where=where,
        )
        text = projection("coded")
        for name, value in {
            "earliest": layout.earliest.isoformat(),
            "strict": str(layout.refuses_unknown).lower(),
            "place": "told.batch_row, told.n_pairs" if layout.has_sides else "1 as n_pairs",
            "key": "plain_text" if self.source.naming == "name" else "",
            "code(": "plain_text(" if layout.projection in NAMED_CODES else "(",
        }.items():
            text = text.replace(f"${name}", value)
        if layout.has_sides:
            warehouse.execute(f"create or replace temp view coded_pair as {text}", where=where)
            text = projection("settled_pairs")
        warehouse.execute(f"create or replace table main.coded_{batch.slot} as {text}", where=where)

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
            column = {
                "$code": batch.layout.code_column,
                "$day": batch.layout.day_column,
                "$actor1": batch.layout.actor_columns[0],
                "$actor2": batch.layout.actor_columns[1],
            }.get(problem, problem)
            fields = texts[number].split("\t")
            value = (
                fields[batch.layout.columns.index(column)]
                if column in batch.layout.columns
                else None
            )
            reason = batch.layout.expected.get(column, "expected a value that can be read")
            if problem == "$code" and value and batch.layout.projection not in NAMED_CODES:
                reason = "expected a CAMEO code of data/raw/reference/cameo.csv"
            elif problem == "$day":
                latest = batch.latest[raw_file_id]
                reason = f"expected a day from {batch.layout.earliest} to {latest}"
            elif problem.startswith("$actor"):
                reason = (
                    f"expected a state by its {NAMING[self.source.naming]}, "
                    "as data/raw/reference has it for the day of the event"
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
                    "n_unknown": 0,
                    "n_duplicate": 0,
                }
        return older

    def _settle_with_the_store(self) -> tuple[str, str]:
        """Find events that the store has already; of two tellings the earlier file's counts.

        Only parts whose range of ids meets the batch's are read. Providers number their events in
        order, so a night meets none.

        Returns
        -------
        The range of the batch's ids.
        """
        n, low, high = span(self.warehouse, "coded where problem is null")
        if not n:
            return low, high
        for part in list(self.parts):
            if part.source == self.source.name and part.min_key <= high and low <= part.max_key:
                self._settle_with(part)
        return low, high

    def _settle_with(self, part: Part) -> None:
        path = read_parquet([self.folder / part.path])
        outcome = (
            "'n_loaded'"
            if part.kind == "event"
            else f"if(old.reason = '{UNKNOWN}', 'n_unknown', 'n_out_of_scope')"
        )
        self.warehouse.execute(
            f"create or replace temp table met as select distinct old.event_id, old.raw_file_id as old_file, "  # noqa: S608, E501
            f"old.raw_row as old_row, coded.event_id as new_id, {outcome} as outcome, "
            f"coded.batch_row, coded.raw_file_id as new_file, "
            f"(old.raw_file_id, old.raw_row) < (coded.raw_file_id, coded.raw_row) as old_counts "
            f"from coded inner join {path} as old on coded.event_id = {_ROW_ID} "
            "where coded.problem is null "
            "and coded.batch_row not in (select batch_row from duplicate)"
        )
        self.warehouse.execute(
            "insert into duplicate select distinct batch_row, new_id, new_file from met "
            "where old_counts"
        )
        losers = self.warehouse.rows(
            "select old_file, outcome, list(distinct event_id), count(distinct old_row) "
            "from met where not old_counts group by old_file, outcome"
        )
        if not losers:
            return
        self._rewrite(part, "event_id", [one for _, _, ids, _ in losers for one in ids])
        for raw_file_id, column, _, n_rows in losers:
            if raw_file_id in self.counts and raw_file_id not in self.committed:
                count = self.counts[raw_file_id]
                setattr(count, column, getattr(count, column) - n_rows)
                count.n_duplicate += n_rows
                continue
            row = (
                self.changed.get(raw_file_id)
                or self.store.files(self.warehouse, [raw_file_id])[raw_file_id]
            )
            self.changed[raw_file_id] = {
                **row,
                column: (row[column] or 0) - n_rows,
                "n_duplicate": row["n_duplicate"] + n_rows,
            }

    def _rewrite(self, part: Part, column: str, values: list[str]) -> None:
        """Put a part without some of its rows in its place."""
        kept = self.writer.without(part, column, values)
        if kept != part:
            self._replace([part], kept)

    def _replace(self, old: Sequence[Part], new: Part | None) -> None:
        kept = [one for one in self.parts if one not in old]
        self.parts = [*kept, new] if new else kept

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
        self.logs += self.writer.log("file", rows)
        self.logs += self.writer.log("rejected", self.rejected)
        self.logs += self.writer.log(
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
        self.logs += self.writer.log(
            "file",
            [
                tuple({**row, "sequence": sequence}.get(name) for name in FILE_COLUMNS)
                for row in rows
            ],
        )
        now = clock.second()
        self.logs += self.writer.log("tried", [(*one, now) for one in tried])
        self._put()

    # -- compaction ------------------------------------------------------------------------------

    def compact(self) -> int:
        """Merge parts of like size, and the ledger's logs; return how many parts were merged."""
        merged = 0
        while group := mergeable(self.parts):
            self._replace(group, self.writer.merged(group))
            merged += len(group)
        logs = [one for one in self.base.logs if one.kind in ("file", "tried")]
        if len(logs) >= 4 * parts.MERGE_AT:
            self._merge_logs()
            merged += len(logs)
        elif merged:
            self._put()
        return merged

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
        self.logs += self.writer.log("file", rows)
        self.logs += self.writer.log("rejected", [row for row in rejected if row[1] in loads])
        # What has come since is forgotten.
        self.logs += self.writer.log(
            "tried", [row for row in tried if files[row[0]]["status"] not in (*LOADED, SUPERSEDED)]
        )
        new = self.base.succeeded_by(parts=tuple(self.parts), logs=tuple(self.logs))
        manifest.write(self.folder, new)
        self.base, self.logs = new, []


def credits_of(source: Source) -> dict[str, str]:
    """Return what the account of each raw file says of its source."""
    return {
        "source": source.name,
        "title": source.title,
        "producer": source.producer,
        "licence": source.licence,
    }


def _file_row(count: Count, source: Source, now: datetime) -> dict[str, Any]:
    file = count.file
    return {
        "raw_file_id": file.raw_file_id,
        **credits_of(source),
        "url": file.url,
        "path": file.stored_path,
        "bytes": file.path.stat().st_size,
        "sha256": file.sha256,
        "published_md5": file.published_md5,
        "n_rows": count.n_read,
        **{name: getattr(count, name) for name in OUTCOMES},
        "status": count.status,
        "note": count.note,
        "covers_from": count.covered[0],
        "covers_to": count.covered[1],
        "named_to": file.last_day,
        "first_event": count.first_event,
        "last_event": count.last_event,
        "loaded_at": now,
        "load_id": count.load_id,
    }


def sql_digest(name: str) -> str:
    """Return the text of the SQL that decides what becomes of a source's rows."""
    folder = assets.sql() / "sources"
    names = (
        name, "reason", "coded", "pairs", "settled_pairs", "duplicate", "event_part", "other_part"
    )  # fmt: skip
    return "\0".join((folder / f"{one}.sql").read_text(encoding="utf-8") for one in names)
