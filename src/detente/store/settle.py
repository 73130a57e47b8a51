"""Which row reports an event, where several do, and what changes by that.

A provider reports an event more than once: in two files, or twice in one. The row that comes first
by the file's name and the line counts, whatever the order of loading. The others are kept beside it
(kind 'again'), so that one of them takes its place when the file of the first is replaced by one
without the event. Settling a batch yields a value, `Settled`: the parts in the place of those
before, and what that changes in the accounts of files. The caller commits it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from detente.database.builder import Warehouse
from detente.database.quoting import literal
from detente.sources.base import Layout, projection
from detente.store.events import AGAIN, KINDS, PART_COLUMNS, UNKNOWN, read_parquet, relation
from detente.store.manifest import Part
from detente.store.parts import PartWriter, span
from detente.store.releases import Releases

# The row that an event comes from: one that names several actors is several events.
ROW_ID = (
    "if(contains(event_id, '>'), regexp_replace(event_id, ':[A-Z]{3}>[A-Z]{3}$', ''), event_id)"
)


# The rows with the level of their file's release, and whether a higher one covers their day, or a
# file in a newer numbering of events their day and the state where they took place.
_UNRANKED = "select *, 0 as level, false as is_owned from ({reports})"
RANKED = (
    "select report.*, coalesce(rank.level, 0) as level, exists(select 1 from release "
    "where release.level > coalesce(rank.level, 0) "
    "and (rank.scope is null and release.scope = '' or release.scope = rank.scope) "
    "and coalesce(rank.made <= release.made, true) "
    "and report.event_date between release.first_day and release.last_day) or exists("
    "select 1 from renumbered where renumbered.numbering > report.numbering "
    "and (renumbered.places is null or list_contains(renumbered.places, report.numbered_in)) "
    "and report.event_date between renumbered.first_day and renumbered.last_day) as is_owned "
    "from ({reports}) as report left join rank using (raw_file_id)"
)
# What a row is whose event no earlier row reports.
OUTCOME = (
    f"case when reason is null then 'event' when reason::varchar = '{UNKNOWN}' then 'unknown' "
    "else 'other' end"
)


@dataclass(frozen=True)
class PlacedRows:
    """So many rows of a file's batch, of events of these days, had this outcome."""

    raw_file_id: str
    kind: str
    n_rows: int
    first_day: date
    last_day: date


@dataclass(frozen=True)
class Moved:
    """So many rows of a file that the store held as one kind and holds as another now."""

    raw_file_id: str
    was: str
    now: str
    n_rows: int


@dataclass(frozen=True)
class Settled:
    """What became of a batch.

    Attributes
    ----------
    parts
        All parts of the store after it.
    placed
        The rows of the batch by file and kind.
    moved
        Rows of earlier batches and loads whose place changed.
    """

    parts: tuple[Part, ...]
    placed: tuple[PlacedRows, ...] = ()
    moved: tuple[Moved, ...] = ()


@dataclass(frozen=True)
class Settling:
    """Settles the batches of one source.

    Attributes
    ----------
    warehouse
        A database in memory that has a batch as a view `coded` (see sql/sources/coded.sql).
    writer
        Writes the parts of the store.
    """

    warehouse: Warehouse
    writer: PartWriter
    source: str

    def settle(
        self,
        held: Sequence[Part],
        year: int,
        gone: Sequence[str],
        *,
        layout: Layout | None,
        releases: Releases | None = None,
    ) -> Settled:
        """Take out what files held before, put in the rows of a batch, and say what changes.

        Parameters
        ----------
        held
            All parts of the store before.
        year
            Of the batch's files; names the folder of its parts.
        gone
            Files whose rows are to be taken out: another content or a newer version is loaded.
        layout
            Of the batch; None if there is none, and only `gone` is taken out.
        releases
            The order of the source's files, if they have one beside their names.
        """
        name = "duplicate_release" if releases else "duplicate"
        has_rows = layout is not None
        if releases:
            releases.show(self.warehouse)
        if has_rows:
            for one in (name, "kept"):
                self.warehouse.execute(projection(one), where=f"sql/sources/{one}.sql")
        parts = self._without_files(held, gone)
        for first, last in releases.touched if releases else ():
            self._touch(parts, first, last)
        for first, last in releases.renumbered if releases else ():
            self._touch(parts, first, last, "numbering is not null")
        ranges = self._ranges(has_rows)
        met = self._met(parts, ranges, has_rows)
        moved: tuple[Moved, ...] = ()
        if met:
            moved = self._choose(has_rows, RANKED if releases else _UNRANKED)
            parts = [kept for part in parts if (kept := self._without_moved(part, met))]
        if not ranges:
            return Settled(tuple(parts))
        keys = (min(low for low, _ in ranges), max(high for _, high in ranges))
        for kind in (*KINDS, AGAIN):
            query = " union all by name ".join(self._rows_of(kind, has_rows, bool(moved)))
            made = (
                self.writer.part(kind, self.source, f"year={year}", query, keys) if query else None
            )
            parts += [made] if made else []
        return Settled(tuple(parts), self._placed(layout) if layout else (), moved)

    def _without_files(self, held: Sequence[Part], gone: Sequence[str]) -> list[Part]:
        """Take out the rows of some files; events that they reported first are noted in `freed`."""
        self.warehouse.execute("create or replace temp table freed (event_id varchar)")
        if not gone:
            return list(held)
        self.warehouse.execute(
            "create or replace temp table gone as select unnest(?::varchar[]) as raw_file_id",
            [list(gone)],
        )
        condition = "raw_file_id in (select raw_file_id from gone)"
        parts: list[Part] = []
        for part in held:
            kept = self.writer.without(part, condition) if part.source == self.source else part
            if kept is not part and part.kind in KINDS:
                self.warehouse.execute(
                    f"insert into freed select {ROW_ID} from {self._rows(part)} where {condition}"  # noqa: S608
                )
            parts += [kept] if kept else []
        return parts

    def _touch(
        self, parts: Sequence[Part], first: date, last: date, condition: str = "true"
    ) -> None:
        """Have the events of some days looked at again: a release that covers them came or went."""
        for part in parts:
            if part.source == self.source:
                rows = relation(part.kind, [self.writer.files.address(part.path)])
                self.warehouse.execute(
                    f"insert into freed select {ROW_ID} from {rows} "  # noqa: S608
                    f"where event_date between ? and ? and {condition}",
                    [first, last],
                )

    def _ranges(self, has_rows: bool) -> list[tuple[str, str]]:
        """Return the ranges of keys that the batch tells and that were freed."""
        relations = ["coded where problem is null"] if has_rows else []
        found = [span(self.warehouse, one) for one in (*relations, "freed")]
        return [(low, high) for n, low, high in found if n]

    def _met(
        self, parts: Sequence[Part], ranges: Sequence[tuple[str, str]], has_rows: bool
    ) -> frozenset[str]:
        """Find the rows of the store that report events of the batch, or freed ones.

        Only parts whose range of ids meets one of theirs are read. Providers number their events
        in order, so that a night meets none.

        Returns
        -------
        The paths of the parts with such rows; the rows themselves are in `met`.
        """
        self.warehouse.execute(
            "create or replace temp table met (part varchar, kind varchar, event_id varchar, "
            "raw_file_id varchar, raw_row bigint, event_date date, told_at timestamp, "
            "numbering utinyint, numbered_in varchar)"
        )
        asked = "select event_id from freed"
        if has_rows:
            asked += " union select event_id from coded where problem is null"
        for part in parts:
            is_near = any(part.min_key <= high and low <= part.max_key for low, high in ranges)
            if part.source == self.source and is_near:
                self._collect_rows(part, asked)
        return frozenset(name for (name,) in self.warehouse.rows("select distinct part from met"))

    def _collect_rows(self, part: Part, asked: str) -> None:
        # An older version wrote fewer columns.
        rows = relation(part.kind, [self.writer.files.address(part.path)])
        self.warehouse.execute(
            f"insert into met select distinct ?, ?, {ROW_ID}, raw_file_id::varchar, raw_row, "  # noqa: S608
            "event_date, told_at, numbering, numbered_in "
            f"from {rows} where {ROW_ID} in ({asked})",
            [part.path, part.kind],
        )

    def _choose(self, has_rows: bool, ranked: str) -> tuple[Moved, ...]:
        """Say of each event that was met which row counts: the latest, the first by file and line.

        Of releases the highest; none, where a higher release covers the day and leaves it out.

        The batch's other rows of it become duplicates. What has to change its place in the
        store is in `leaving`, and its rows in `moved`.
        """
        columns = "raw_row, event_date, told_at, numbering, numbered_in"
        reports = f"select event_id, raw_file_id, {columns} from met"  # noqa: S608
        if has_rows:
            reports += (
                f" union all select event_id, raw_file_id::varchar, {columns} from coded "  # noqa: S608
                "where problem is null and event_id in (select event_id from met)"
            )
        self.warehouse.execute(
            "create or replace temp table best as select event_id, "  # noqa: S608
            "min({'before': -epoch_us(coalesce(told_at, timestamp '1970-01-01')), "
            "'below': -level, 'raw_file_id': raw_file_id, 'raw_row': raw_row}) "
            f"filter (not is_owned) as first from ({ranked.format(reports=reports)}) "
            "group by event_id"
        )
        if has_rows:
            self.warehouse.execute(
                "delete from duplicate where event_id in (select event_id from met)"
            )
            self.warehouse.execute(
                "insert into duplicate select distinct batch_row, event_id, raw_file_id "
                "from coded inner join best using (event_id) where problem is null "
                "and (first is null or raw_file_id::varchar <> first.raw_file_id "
                "or raw_row <> first.raw_row)"
            )
        self.warehouse.execute(
            "create or replace temp table leaving as select met.* "  # noqa: S608
            f"from met inner join best using (event_id) where (kind = '{AGAIN}') = "
            "coalesce(raw_file_id = first.raw_file_id and raw_row = first.raw_row, false)"
        )
        columns = ", ".join(f"{name} {type_}" for name, type_ in PART_COLUMNS[AGAIN].items())
        self.warehouse.execute(
            f"create or replace temp table moved ({columns}, was varchar, now varchar)"
        )
        for path, kind in self.warehouse.rows("select distinct part, kind from leaving"):
            was, now = f"'{kind}'", f"'{AGAIN}'"
            if kind == AGAIN:
                now = OUTCOME
            elif kind == "other":
                was = OUTCOME
            self.warehouse.execute(
                f"insert into moved by name select * exclude (source), {was} as was, "  # noqa: S608
                f"{now} as now from {read_parquet([self.writer.files.address(path)])} "
                f"where {_is_leaving(path)}"
            )
        return tuple(
            Moved(*row)
            for row in self.warehouse.rows(
                "select raw_file_id, was, now, count(distinct raw_row) from moved "
                "group by all order by all"
            )
        )

    def _without_moved(self, part: Part, met: frozenset[str]) -> Part | None:
        return self.writer.without(part, _is_leaving(part.path)) if part.path in met else part

    def _rows_of(self, kind: str, has_rows: bool, has_moved: bool) -> Iterator[str]:
        """Yield the queries for the rows that a new part of a kind is to hold."""
        if has_rows:
            yield f"({projection(f'{kind}_part')})"
        if has_moved:
            columns = ", ".join(PART_COLUMNS[kind])
            outcomes = ("other", "unknown") if kind == "other" else (kind,)
            yield f"(select {columns} from moved where now in {_listed(outcomes)})"  # noqa: S608

    def _placed(self, layout: Layout) -> tuple[PlacedRows, ...]:
        return tuple(
            PlacedRows(*row)
            for row in self.warehouse.rows(
                "select file::varchar, kind, n, first, last from (select raw_file_id as file, case "  # noqa: S608
                f"when batch_row in (select batch_row from duplicate) then '{AGAIN}' "
                f"else {OUTCOME} end as kind, "
                f"{layout.row_count_sql} as n, min(event_date) as first, max(event_date) as last "
                "from coded where problem is null group by all) order by all"
            )
        )

    def _rows(self, part: Part) -> str:
        return read_parquet([self.writer.files.address(part.path)])


def _listed(names: Sequence[str]) -> str:
    return "(" + ", ".join(f"'{name}'" for name in names) + ")"


def _is_leaving(path: str) -> str:
    return (
        "(raw_file_id::varchar, raw_row) in "  # noqa: S608
        f"(select (raw_file_id, raw_row) from leaving where part = {literal(path)})"
    )
