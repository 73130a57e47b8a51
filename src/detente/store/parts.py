"""Files of the event store: written whole, on disk before they have their name, never changed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from detente.base import files
from detente.database.builder import Warehouse
from detente.database.quoting import literal
from detente.store.events import LOG_COLUMNS, read_parquet
from detente.store.files import Files
from detente.store.manifest import Log, Part

# Parts of like size are merged when there are so many; each row is written again a few times only.
MERGE_AT = 8
TIER = 4
SMALLEST_TIER = 50_000
# A larger part stays as it is, so that no night rewrites history.
LARGEST_MERGED = 250_000
# Numbers in text sort like numbers when they are as wide.
KEY_WIDTH = 40
# What follows a colon in an id tells apart the events of one number or row.
_ID = "split_part(event_id, ':', 1)"
_KEY = f"if(length({_ID}) < {KEY_WIDTH}, lpad({_ID}, {KEY_WIDTH}, '0'), {_ID})"


class PartWriter:
    """Writes parts and logs into a store, garbage until a manifest lists them.

    Parameters
    ----------
    files
        The store's.
    warehouse
        A database in memory that the queries read.
    """

    def __init__(self, files: Files, warehouse: Warehouse) -> None:
        self.files, self.warehouse = files, warehouse

    def part(
        self, kind: str, source: str, year: str, query: str, keys: tuple[str, str] | None = None
    ) -> Part | None:
        """Write the rows of a query as a part of a year's folder; None if there are none.

        Parameters
        ----------
        keys
            Bounds that no key lies outside of, where they are known; else they are looked up.
        """
        name = f"source={source}/{year}/{kind}-{uuid.uuid4().hex[:16]}.parquet"
        temporary, constant = self._temporary(name), literal(source)
        n_rows: int = self.warehouse.rows(
            f"copy (select *, {constant}::enum({constant}) as source from ({query})) "  # noqa: S608
            f"to {literal(temporary)} (format parquet, compression zstd, row_group_size 122880)"
        )[0][0]
        if not n_rows:
            temporary.unlink()
            return None
        low, high = keys or span(self.warehouse, read_parquet([temporary]))[1:]
        size, checksum = self._keep(temporary, name)
        return Part(name, source, kind, n_rows, low, high, size, checksum)

    def log(self, kind: str, rows: Sequence[Sequence[Any]]) -> list[Log]:
        """Write rows of the ledger; an empty list if there are none."""
        if not rows:
            return []
        fields = ", ".join(
            f"unnest(?::{type_}[]) as {name}" for name, type_ in LOG_COLUMNS[kind].items()
        )
        self.warehouse.execute(
            f"create or replace temp table log as select {fields}",
            [list(column) for column in zip(*rows, strict=True)],
        )
        return self.copied_log(kind, "from log")

    def copied_log(self, kind: str, query: str) -> list[Log]:
        """Write the rows of a query as a log of the ledger; an empty list if there are none."""
        name = f"ledger/{kind}-{uuid.uuid4().hex[:16]}.parquet"
        temporary = self._temporary(name)
        n_rows: int = self.warehouse.rows(
            f"copy ({query}) to {literal(temporary)} (format parquet)"
        )[0][0]
        if not n_rows:
            temporary.unlink()
            return []
        _, checksum = self._keep(temporary, name)
        return [Log(name, kind, n_rows, checksum)]

    def without(self, part: Part, condition: str) -> Part | None:
        """Write a part again without the rows that meet a condition.

        Returns
        -------
        The part itself if it has no such row; None if no other row is left.
        """
        path = read_parquet([self.files.address(part.path)])
        n = self.warehouse.rows(f"select count(*) from {path} where {condition}")[0][0]  # noqa: S608
        if not n:
            return part
        kept = f"select * exclude (source) from {path} where not ({condition})"  # noqa: S608
        return self.part(part.kind, part.source, year_of(part), kept)

    def merged(self, group: Sequence[Part]) -> Part | None:
        """Write several parts of one kind and year as one, one after the other."""
        first = group[0]
        paths = read_parquet(self.files.address(one.path) for one in group)
        query = f"select * exclude (source) from {paths}"  # noqa: S608
        return self.part(first.kind, first.source, year_of(first), query)

    def _temporary(self, name: str) -> Path:
        return self.files.folder / "tmp" / Path(name).name

    def _keep(self, temporary: Path, name: str) -> tuple[int, str]:
        """Give a file its name once it is on disk; return its size and checksum."""
        result = temporary.stat().st_size, files.crc32(temporary)
        self.files.keep(temporary, name)
        return result


def span(warehouse: Warehouse, relation: str) -> tuple[int, str, str]:
    """Return how many events there are and the range of their keys."""
    # Most ids are a number as they stand, which is found in half the time.
    for number in ("event_id", _ID):
        n, n_numbers, low, high = warehouse.rows(
            "select count(*), count(number), min(number), max(number) "  # noqa: S608
            f"from (select try_cast({number} as ubigint) as number from {relation})"
        )[0]
        if n and n == n_numbers:
            return n, str(low).zfill(KEY_WIDTH), str(high).zfill(KEY_WIDTH)
    if n:
        low, high = warehouse.rows(f"select min({_KEY}), max({_KEY}) from {relation}")[0]  # noqa: S608
    return n, low or "", high or ""


def year_of(part: Part) -> str:
    """Return the name of the folder of a part's year, 'year=2019'."""
    return Path(part.path).parent.name


def mergeable(parts: Iterable[Part]) -> list[Part]:
    """Return parts of one source, kind, year and like size that are to become one; or none."""
    groups: dict[tuple[str, str, int], list[Part]] = {}
    for part in parts:
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
