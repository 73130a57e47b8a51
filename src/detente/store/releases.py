"""The order of a source's releases: a final one replaces the preliminary ones of its days.

A release of a higher level stands above the others on the days that it covers, by its data: of an
event that both report its row counts, and an event that it leaves out is withdrawn, unless it
stands in a file that was made later. Nothing depends on which of them was loaded first. Files of
level 0 (most sources have no other) complement each other.

A provider may number its events anew: nobody can tell then which event of an old file is which of a
new one. A file in a newer numbering therefore replaces the rows in older ones, on the days and in
the states that its data cover.
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
# What is asked of the accounts of loaded files.
COLUMNS = ("covers_from", "covers_to", "numbering", "places")
# Above every numbering that a provider has given up.
_PRESENT = 1 << 15


@dataclass(frozen=True)
class Covered:
    """What a loaded file covers, and in which numbering; `places` is None for all states."""

    numbering: int
    first_day: date
    last_day: date
    places: tuple[str, ...] | None

    @property
    def is_old(self) -> bool:
        """Whether its provider has given the numbering up."""
        return self.numbering < _PRESENT


@dataclass
class Releases:
    """What is loaded of a source's releases, kept up to date batch by batch.

    Attributes
    ----------
    levels
        Of each file that has one above 0.
    scopes
        Of the same files.
    made
        Of files of any level the day on which the provider made them, by their names or its
        calendar: what a release leaves out of a file made later it has not withdrawn.
    days
        The days of each release that is loaded whole.
    touched
        Days that a release of the present batch covers, or no longer does.
    covered
        What each file covers that is loaded whole, of a source with releases.
    renumbered
        Days that a file of the present batch covers, or no longer does, while rows in a numbering
        that is given up are loaded.
    """

    levels: dict[str, int] = field(default_factory=dict)
    scopes: dict[str, str] = field(default_factory=dict)
    made: dict[str, date] = field(default_factory=dict)
    days: dict[str, Days] = field(default_factory=dict)
    touched: tuple[Days, ...] = ()
    covered: dict[str, Covered] = field(default_factory=dict)
    renumbered: tuple[Days, ...] = ()
    _is_of_releases: bool = False
    _has_old: bool = False
    # Files that were finished in a batch that needed no order.
    _late: list[Count] = field(default_factory=list)

    @classmethod
    def of(cls, source: Source, files: Iterable[tuple[Any, ...]]) -> Releases:
        """Return the releases among a source's loaded files.

        Parameters
        ----------
        files
            Of each its id, and what `COLUMNS` names of its account.
        """
        found = cls(_is_of_releases=source.has_releases)
        for raw_file_id, first, last, numbering, places in files:
            if first and last:
                states = tuple(places.split("; ")) if places else None
                found.covered[raw_file_id] = Covered(numbering or _PRESENT, first, last, states)
            remote = source.recognise(raw_file_id.split("/", 1)[1])
            if remote and remote.public_from:
                found.made[raw_file_id] = remote.public_from
            if remote and remote.level:
                found.levels[raw_file_id] = remote.level
                found.scopes[raw_file_id] = remote.scope
                found.days[raw_file_id] = (first, last)
        return found

    def take(
        self, batch: Batch, gone: Sequence[str], counts: Mapping[str, Count], warehouse: Warehouse
    ) -> Releases | None:
        """Take note of a batch that is shown as `coded`; None if there is no release at all."""
        files = {one for _, one, _ in batch.segments if one}
        left = [self.days.pop(one) for one in gone if one in self.days]
        self.covered |= {one.file.raw_file_id: _covered(one) for one in self._late}
        self._late = []
        has_old = any(one.is_old for one in self.covered.values()) or any(
            counts[one].numbering for one in files
        )
        self._has_old = has_old
        uncovered = [self.covered.pop(one) for one in gone if one in self.covered]
        levels = {one: counts[one].file.remote.level for one in files}
        self.levels |= {one: level for one, level in levels.items() if level}
        self.scopes |= {one: counts[one].file.remote.scope for one in files if levels[one]}
        made = {one: counts[one].file.remote.public_from for one in files}
        self.made |= {one: day for one, day in made.items() if day}
        whole = [one for one in batch.finished if not one.problem]
        if batch.n_rows and any(counts[one].file.remote.covers_its_rows for one in files):
            for raw_file_id, day, n in warehouse.rows(
                "select raw_file_id::varchar, event_date, count(*) from coded "
                "where problem is null group by all"
            ):
                counts[raw_file_id].rows_of[day] += n
        if not self.levels and not has_old:
            self._late = whole if self._is_of_releases else []
            return None
        if batch.n_rows:
            for raw_file_id, first, last in warehouse.rows(
                "select raw_file_id::varchar, min(event_date), max(event_date) from coded "
                "where problem is null group by raw_file_id"
            ):
                counts[raw_file_id].see(first, last)
        new = {one.file.raw_file_id: one.covered for one in whole if one.file.remote.level}
        self.days |= new
        self.touched = (*left, *new.values())
        covering = {one.file.raw_file_id: _covered(one) for one in whole}
        self.covered |= covering
        changed = (*uncovered, *covering.values()) if has_old else ()
        self.renumbered = tuple((one.first_day, one.last_day) for one in changed)
        return self

    def show(self, warehouse: Warehouse) -> None:
        """Tell the database: tables `rank` (of each file) and `release` (the days of each).

        And `renumbered`: what files cover that replace rows in an older numbering.
        """
        ranked = list(self.levels | self.made)
        warehouse.execute(
            "create or replace temp table rank as "
            "select unnest(?::varchar[]) as raw_file_id, unnest(?::bigint[]) as level, "
            "unnest(?::varchar[]) as scope, unnest(?::date[]) as made",
            [
                ranked,
                [self.levels.get(one, 0) for one in ranked],
                [self.scopes.get(one, "") for one in ranked],
                [self.made.get(one) for one in ranked],
            ],
        )
        warehouse.execute(
            "create or replace temp table release as select unnest(?::bigint[]) as level, "
            "unnest(?::varchar[]) as scope, unnest(?::date[]) as made, "
            "unnest(?::date[]) as first_day, unnest(?::date[]) as last_day",
            [
                [self.levels[one] for one in self.days],
                [self.scopes[one] for one in self.days],
                [self.made.get(one) for one in self.days],
                [first for first, _ in self.days.values()],
                [last for _, last in self.days.values()],
            ],
        )
        covered = list(self.covered.values())
        if not self._has_old and not any(one.is_old for one in covered):
            covered = []
        warehouse.execute(
            "create or replace temp table renumbered as select unnest(?::integer[]) as numbering, "
            "unnest(?::date[]) as first_day, unnest(?::date[]) as last_day, "
            "unnest(?::varchar[][]) as places",
            [
                [one.numbering for one in covered],
                [one.first_day for one in covered],
                [one.last_day for one in covered],
                [None if one.places is None else list(one.places) for one in covered],
            ],
        )


def _covered(count: Count) -> Covered:
    places = tuple(sorted(count.places)) or None
    return Covered(count.numbering or _PRESENT, *count.covered, places)
