"""The order of a source's releases: a final one replaces the preliminary ones of its days.

A release of a higher level stands above the others on the days that it covers, by its data: of an
event that both report its row counts, and an event that it leaves out is withdrawn. Nothing
depends on which of them was loaded first. Files of level 0 (most sources have no other) complement
each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from detente.database.builder import Warehouse
from detente.sources.base import Source
from detente.store.batches import Batch
from detente.store.raw_file import Count

Days = tuple[date, date]


@dataclass
class Releases:
    """What is loaded of a source's releases, kept up to date batch by batch.

    Attributes
    ----------
    levels
        Of each file that has one above 0.
    scopes
        Of the same files.
    days
        The days of each release that is loaded whole.
    touched
        Days that a release of the present batch covers, or no longer does.
    """

    levels: dict[str, int] = field(default_factory=dict)
    scopes: dict[str, str] = field(default_factory=dict)
    days: dict[str, Days] = field(default_factory=dict)
    touched: tuple[Days, ...] = ()

    @classmethod
    def of(cls, source: Source, files: Iterable[tuple[Any, ...]]) -> Releases:
        """Return the releases among a source's files that are loaded, given with their days."""
        found = cls()
        for raw_file_id, *days in files:
            remote = source.recognise(raw_file_id.split("/", 1)[1])
            if remote and remote.level:
                found.levels[raw_file_id] = remote.level
                found.scopes[raw_file_id] = remote.scope
                found.days[raw_file_id] = (days[0], days[1])
        return found

    def take(
        self, batch: Batch, gone: Sequence[str], counts: Mapping[str, Count], warehouse: Warehouse
    ) -> Releases | None:
        """Take note of a batch that is shown as `coded`; None if there is no release at all."""
        left = [self.days.pop(one) for one in gone if one in self.days]
        files = {one for _, one, _ in batch.segments if one}
        levels = {one: counts[one].file.remote.level for one in files}
        self.levels |= {one: level for one, level in levels.items() if level}
        self.scopes |= {one: counts[one].file.remote.scope for one in files if levels[one]}
        if not self.levels:
            return None
        if batch.n_rows:
            for raw_file_id, first, last in warehouse.rows(
                "select raw_file_id::varchar, min(event_date), max(event_date) from coded "
                "where problem is null group by raw_file_id"
            ):
                counts[raw_file_id].see(first, last)
        self.touched = (*left, *self._finished(batch.finished))
        return self

    def _finished(self, counts: Iterable[Count]) -> list[Days]:
        new = {
            count.file.raw_file_id: count.covered
            for count in counts
            if count.file.remote.level and not count.problem
        }
        self.days |= new
        return list(new.values())

    def show(self, warehouse: Warehouse) -> None:
        """Tell the database: tables `rank` (of each file) and `release` (the days of each)."""
        warehouse.execute(
            "create or replace temp table rank as "
            "select unnest(?::varchar[]) as raw_file_id, unnest(?::bigint[]) as level, "
            "unnest(?::varchar[]) as scope",
            [list(self.levels), list(self.levels.values()), [self.scopes[x] for x in self.levels]],
        )
        warehouse.execute(
            "create or replace temp table release as select unnest(?::bigint[]) as level, "
            "unnest(?::varchar[]) as scope, "
            "unnest(?::date[]) as first_day, unnest(?::date[]) as last_day",
            [
                [self.levels[one] for one in self.days],
                [self.scopes[one] for one in self.days],
                [first for first, _ in self.days.values()],
                [last for _, last in self.days.values()],
            ],
        )
