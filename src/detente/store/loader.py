"""Loading of raw files into the event store, exactly once whatever happens in between.

Batches are read (`batches`), parsed (`parsing`), settled (`settle`: a value) and committed. A batch
becomes one part of each kind of row and is committed as soon as every file that it touches is
whole.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import date
from typing import Any

from detente.base import clock
from detente.base.errors import StoreError
from detente.database.builder import Warehouse
from detente.database.quoting import literal
from detente.sources import lines, traits_of
from detente.sources.base import Layout, Source
from detente.store import batches, ledger, manifest, parsing
from detente.store.accounts import Accounts, Row
from detente.store.batches import Batch
from detente.store.events import FILE_COLUMNS, LOADED, LOG_COLUMNS, Store
from detente.store.manifest import Log, Manifest
from detente.store.parsing import Parser
from detente.store.parts import PartWriter, mergeable
from detente.store.raw_file import Count, RawFile
from detente.store.reading import Reader
from detente.store.releases import COLUMNS as RELEASE_COLUMNS
from detente.store.releases import Releases
from detente.store.settle import Settling

# Why a loaded file is loaded again although nothing of it differs.
RULES_CHANGED = "scope, codes or reading changed"
# So many refused rows wait to be written.
_MOST_REFUSED = 100_000

MEMORY = "900MB"
NAMING = {
    "name": "name", "iso3": "ISO 3166-1 alpha-3 code", "iso2": "ISO 3166-1 alpha-2 code",
    "cow": "Correlates of War number", "gwcode": "Gleditsch-Ward number", "cameo": "CAMEO code",
    "fips": "FIPS 10-4 code",
}  # fmt: skip


class Loader:
    """Loads raw files of one source. Used under the lock on the build.

    Parameters
    ----------
    warehouse
        A database in memory.
    recipe
        Hash of what decides how rows become events; a change makes everything of the source be
        loaded again, in one commit.
    prepare
        Fills the tables of the database by which rows become events (`refresh.lookups`); is called
        by every load, while the first files are being unpacked.
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
        prepare: Callable[[], None],
        batch_bytes: int | None = None,
        stopping: threading.Event | None = None,
    ) -> None:
        self.store, self.warehouse, self.source = store, warehouse, source
        self.recipe, self.prepare = recipe, prepare
        self.batch_bytes = batch_bytes or batches.BATCH_BYTES
        self.stopping = stopping or threading.Event()
        self.writer = PartWriter(store.place, warehouse)
        _bound(warehouse, store)

    def load(self, files: Iterable[RawFile]) -> Iterator[Count]:
        """Load files, yielding the account of each once it is committed.

        A file that was loaded before with another content is taken out first; so is the older
        version of a snapshot. A file that cannot be read leaves its reason in the account.
        """
        counts: dict[str, Count] = {}
        before = self.store.manifest()
        is_anew = before.recipes.get(self.source.name, self.recipe) != self.recipe
        held = tuple(
            one for one in before.parts if not (is_anew and one.source == self.source.name)
        )
        folder = self.store.folder / "tmp"
        reader = Reader(self.source, folder, counts, self.stopping, self.batch_bytes)
        parser = Parser(self.source, self.warehouse, counts, self.stopping, self.prepare)
        accounts = self._accounts(counts)
        settling = Settling(self.warehouse, self.writer, self.source.name)
        releases = Releases.of(self.source, [] if is_anew else self._releases_before())
        refused: list[tuple[Any, ...]] = []
        written: list[Log] = []
        ready: list[Count] = []
        # Closed when loading ends, however: the threads are waited for.
        with closing(parser.parsed(reader.batches(files))) as coming:
            for batch in coming:
                if not is_anew:
                    accounts.let_stand(batch.finished)
                ids = [one.file.raw_file_id for one in batch.finished if not one.stands]
                ids += [raw_file_id for _, raw_file_id, _ in batch.segments]
                gone = accounts.begin(ids, is_anew=is_anew)
                if batch.n_rows:
                    parsing.show(batch, self.warehouse)
                refused += self._refused(batch, counts)
                # A file may have millions of malformed lines: they are written, not kept in memory.
                if len(refused) > _MOST_REFUSED:
                    written += self.writer.log("rejected", refused)
                    refused = []
                ordered = releases.take(batch, gone, counts, self.warehouse)
                settled = settling.settle(
                    held,
                    batch.year,
                    gone,
                    layout=batch.layout if batch.n_rows else None,
                    releases=ordered,
                )
                held = settled.parts
                accounts.apply(settled)
                self.watch(batch)
                ready += batch.finished
                if not batch.open_files and not is_anew:
                    written += self.writer.log("rejected", refused)
                    self._commit(held, accounts, ready, written)
                    yield from ready
                    ready, refused, written = [], [], []
        if is_anew:
            self._demand_all(accounts, ready)
        if ready or held != self.store.manifest().parts:
            written += self.writer.log("rejected", refused)
            self._commit(held, accounts, ready, written)
        yield from ready

    def _demand_all(self, accounts: Accounts, done: Sequence[Count]) -> None:
        """Make sure that some version of every loaded file was loaded again.

        Raises
        ------
        StoreError
            Of one there was none: its events would be lost.
        """
        read = {one.file.series for one in done if not one.problem}
        refused = {
            one.file.series: str(one.problem).rstrip(".")
            for one in reversed(done)
            if one.file.remote.is_snapshot and one.file.series not in read
        }
        loaded = self.store.states(
            self.warehouse, ["raw_file_id"], source=self.source.name, status=LOADED
        )
        for (name,) in loaded:
            said = refused.get(name.split("@")[0]) or refused.get(name.split("/")[0])
            if said:
                raise StoreError(
                    f"{name} has to be loaded again ({RULES_CHANGED}), and neither it nor another "
                    f"version of it can be read: {said}. The store is as it was."
                )
            if accounts.is_forgotten(name):
                raise StoreError(
                    f"{name} has to be loaded again ({RULES_CHANGED}) and is not on disk. "
                    "Restore it from the backup of data/raw; or, if it was removed on purpose, run "
                    "`detente rebuild --without-missing`. The store is as it was."
                )

    def _accounts(self, counts: dict[str, Count]) -> Accounts:
        name = self.source.name
        known = {one for (one,) in self.store.states(self.warehouse, ["raw_file_id"], source=name)}
        return Accounts(
            counts,
            known,
            lambda ids: self.store.files(self.warehouse, ids, None if ids is not None else name),
        )

    def _releases_before(self) -> Iterator[tuple[Any, ...]]:
        """Yield name and days of the source's files that are loaded, if some are releases."""
        if self.source.has_releases:
            columns = ("raw_file_id", *RELEASE_COLUMNS)
            yield from self.store.states(
                self.warehouse, columns, source=self.source.name, status=LOADED
            )

    def watch(self, batch: Batch) -> None:
        """Look at a batch that is settled, while it is shown as `coded`; for those who inherit."""

    def _refused(self, batch: Batch, counts: dict[str, Count]) -> list[tuple[Any, ...]]:
        """Return the rows of the ledger for the lines and values of a batch that are refused."""
        found = [
            (raw_file_id, one.raw_row, None, None, one.reason, one.raw_text)
            for raw_file_id, one in batch.refused
        ]
        if batch.n_rows:
            found += _values_refused(self.warehouse, batch, self.source)
        for raw_file_id, *_ in found:
            counts[raw_file_id].n_rejected += 1
        return [(one[0], counts[one[0]].load_id, *one[1:]) for one in found]

    def _commit(
        self,
        held: Sequence[manifest.Part],
        accounts: Accounts,
        done: Sequence[Count],
        rejected: Sequence[Log],
    ) -> None:
        before, now = self.store.manifest(), clock.second()
        logs = self._file_logs(before, accounts.committed(done, self.source, now))
        logs += rejected
        logs += self.writer.log(
            "tried", [(count.file.raw_file_id, 1, now) for count in done if count.problem]
        )
        recipes = {**before.recipes, self.source.name: self.recipe}
        held_logs = self._with(before, logs)
        self._put(before, parts=tuple(held), logs=held_logs, recipes=recipes)

    def _file_logs(self, before: Manifest, rows: Sequence[Row]) -> list[Log]:
        sequence = before.sequence + 1
        return self.writer.log(
            "file",
            [
                tuple({**row, "sequence": sequence}.get(name) for name in FILE_COLUMNS)
                for row in rows
            ],
        )

    def _with(self, before: Manifest, new: Sequence[Log]) -> tuple[Log, ...]:
        """Return the ledger's logs with new ones; those of like size are merged."""
        kinds = sorted({one.kind for one in new})
        return ledger.merged(self.writer, (*before.logs, *new), kinds)

    def _put(self, before: Manifest, **changes: object) -> None:
        manifest.write(self.store.place, before.next_version(**changes))

    def record_failures(
        self, rows: Sequence[dict[str, Any]], tried: Sequence[tuple[str, int]] = ()
    ) -> None:
        """Remember files that could not be downloaded, with the reason, for the next run.

        Parameters
        ----------
        rows
            Their new states; a file that fails again in the same way needs none.
        tried
            How often each file was asked for in vain, by its id.
        """
        if not rows and not tried:
            return
        before, now = self.store.manifest(), clock.second()
        logs = self._file_logs(before, rows)
        logs += self.writer.log("tried", [(*one, now) for one in tried])
        self._put(before, logs=self._with(before, logs))

    # -- compaction ------------------------------------------------------------------------------

    def compact(self) -> int:
        """Merge parts of like size, and the ledger's logs; return how many parts were merged."""
        before = self.store.manifest()
        held, merged = list(before.parts), 0
        while group := mergeable(held):
            made = self.writer.merged(group)
            held = [one for one in held if one not in group] + ([made] if made else [])
            merged += len(group)
        logs = ledger.merged(self.writer, before.logs, tuple(LOG_COLUMNS))
        merged += sum(one not in logs for one in before.logs)
        if merged:
            self._put(before, parts=tuple(held), logs=logs)
        return merged


def _bound(warehouse: Warehouse, store: Store) -> None:
    """Bound the memory whatever the input; what does not fit goes to disk."""
    temporary = store.folder / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    warehouse.execute(f"set memory_limit = '{MEMORY}'")
    warehouse.execute(f"set temp_directory = {literal(temporary / 'spill')}")
    warehouse.execute("set threads = 2")
    # What a batch leaves is given back to the system beside the work, not within it.
    warehouse.execute("set allocator_background_threads = true")
    # The text's number of rows is not known before; taken for small, it would be hashed whole to
    # look up a few hundred names in it.
    warehouse.execute("set disabled_optimizers = 'build_side_probe_side'")


def _values_refused(warehouse: Warehouse, batch: Batch, source: Source) -> list[tuple[Any, ...]]:
    """Return the rows of a batch of which a value cannot be read: where, which, why, the line."""
    rows = warehouse.rows(
        "select distinct batch_row, raw_file_id::varchar, raw_row, problem from coded "
        "where problem is not null order by batch_row"
    )
    if not rows:
        return []
    wanted = {row[0] for row in rows}
    texts: dict[int, str] = {}
    with batch.path.open("rb") as stream:
        for number, line in enumerate(stream):
            if number in wanted:
                texts[number] = lines.readable(line.rstrip(b"\n"))
    found = []
    for number, raw_file_id, raw_row, problem in rows:
        layout = batch.layout
        column = {
            "$code": layout.code_column,
            "$day": layout.day_column,
            "$actor1": layout.actor_columns[0],
            "$actor2": layout.actor_columns[1],
        }.get(problem, problem)
        fields = texts[number].split("\t")
        value = fields[layout.columns.index(column)] if column in layout.columns else None
        reason = _expected(layout, source, problem, column, value, batch.latest.get(raw_file_id))
        found.append((raw_file_id, raw_row, column, value, reason, texts[number]))
    return found


def _expected(
    layout: Layout,
    source: Source,
    problem: str,
    column: str,
    value: str | None,
    latest: date | None,
) -> str:
    """Say what a column should have held."""
    if problem == "$code" and value and not traits_of(layout.projection).names_codes:
        return "expected a CAMEO code of data/raw/reference/cameo.csv"
    if problem == "$day":
        return f"expected a day from {layout.earliest} to {latest}"
    if problem.startswith("$actor"):
        return (
            f"expected a state by its {NAMING[source.naming]}, as data/raw/reference has it for "
            "the day of the event"
        )
    return layout.expected.get(column, "expected a value that can be read")
