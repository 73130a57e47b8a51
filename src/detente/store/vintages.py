"""What a store would hold had only the releases been loaded that were public on a past day.

A store keeps the rows that a later release replaced (kind 'again'). Of a source with releases
(`releases`) those that were not public yet are left out, and of each event the row counts that the
other releases make count. A release counts as public from the day that its name or its provider's
calendar says, else from the day after its last event; in any case from the day on which it was
loaded. What a store no longer holds cannot be told: older contents of one file, and older versions
of a snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from detente.database.builder import Warehouse
from detente.sources.base import Source
from detente.store.events import AGAIN, KINDS, LOADED, Store, relation
from detente.store.releases import COLUMNS, Releases
from detente.store.settle import OUTCOME, RANKED, ROW_ID

# The status of a file that was not public yet on the day as of which a database stands.
NOT_YET = "not_yet_public"


@dataclass(frozen=True)
class Vintage:
    """The releases of one source on a past day.

    Attributes
    ----------
    later
        Files that were not public yet, with the day from which they are.
    releases
        The order of the others.
    known
        The others.
    """

    later: Mapping[str, date]
    releases: Releases
    known: tuple[str, ...]


def public_from(source: Source, name: str, covers_to: date, loaded_at: datetime) -> date:
    """Return the day from which a release counts as public."""
    remote = source.recognise(name)
    if remote is None or not (remote.level or remote.public_from):
        return date.min  # no release: of each event the row says when it was published
    return min(remote.public_from or covers_to + timedelta(days=1), loaded_at.date())


def of_source(source: Source, files: Iterable[tuple[Any, ...]], day: date) -> Vintage | None:
    """Sort a source's loaded files by whether they were public on a day.

    Parameters
    ----------
    files
        Of each its id, when it was loaded, and what `releases.COLUMNS` names.

    Returns
    -------
    Vintage or None
        None where all of them were.
    """
    if not source.has_releases:
        return None
    kept, later = [], {}
    for raw_file_id, loaded_at, *account in files:
        public = public_from(source, raw_file_id.split("/", 1)[1], account[1], loaded_at)
        if public > day:
            later[raw_file_id] = public
        else:
            kept.append((raw_file_id, *account))
    if not later:
        return None
    return Vintage(later, Releases.of(source, kept), tuple(one for one, *_ in kept))


def find_tellings(
    warehouse: Warehouse, store: Store, sources: Iterable[Source], day: date
) -> dict[str, date]:
    """Fill `core.earlier_telling`; return the files that were not public, with their days.

    Also leaves the same rows with their outcome in the temporary table `told_then`.
    """
    warehouse.execute(
        "create or replace temp table told_then "
        "(raw_file_id varchar, raw_row bigint, outcome varchar, counted boolean)"
    )
    later: dict[str, date] = {}
    columns = ("raw_file_id", "loaded_at", *COLUMNS)
    for source in sources:
        files = list(store.states(warehouse, columns, source=source.name, status=LOADED))
        if vintage := of_source(source, files, day):
            later |= vintage.later
            _find_of(warehouse, store, source.name, vintage)
    warehouse.execute(
        "insert into core.earlier_telling "
        "select distinct raw_file_id, raw_row, counted from told_then"
    )
    return later


def _find_of(warehouse: Warehouse, store: Store, source: str, vintage: Vintage) -> None:
    """Choose among the tellings of an event as settling a batch does.

    A row that counts today may have been outranked then, by one on a day that a later release
    covers.
    """
    parts = [one for one in store.manifest().parts if one.source == source]
    vintage.releases.show(warehouse)
    warehouse.execute(
        "create or replace temp table known as select unnest(?::varchar[]) as raw_file_id",
        [list(vintage.known)],
    )

    def known(*kinds: str) -> str:
        rows = " union all by name ".join(
            f"select * from {relation(kind, [store.place.address(one.path) for one in parts if one.kind == kind])}"  # noqa: E501, S608
            for kind in kinds
        )
        return f"({rows}) where raw_file_id::varchar in (from known)"

    columns = (
        f"{ROW_ID} as event_id, raw_file_id::varchar as raw_file_id, raw_row, event_date, told_at, "
        f"numbering, numbered_in, {OUTCOME} as outcome"
    )
    reports = (
        f"select {columns}, false as counts_now from {known(AGAIN)} union all "  # noqa: S608
        f"select {columns}, true as counts_now from {known(*KINDS)} "
        f"and {ROW_ID} in (select {ROW_ID} from {known(AGAIN)})"
    )
    warehouse.execute(
        "insert into told_then select raw_file_id, raw_row, outcome, counted from ("  # noqa: S608
        "select *, not is_owned and dense_rank() over (partition by event_id, is_owned "
        "order by told_at desc nulls last, level desc, raw_file_id, raw_row) = 1 as counted "
        f"from ({RANKED.format(reports=reports)})) where counted <> counts_now"
    )


def relations(rows: Mapping[str, str]) -> dict[str, str]:
    """Return what the SQL files read of the parts of each kind in a database of a past day.

    Parameters
    ----------
    rows
        By the kind, SQL that yields all rows of the parts.
    """
    row = "(raw_file_id::varchar, raw_row)"
    told, passed_over = (
        f"{row} in (select (raw_file_id, raw_row) from core.earlier_telling where {condition})"  # noqa: S608
        for condition in ("counted", "not counted")
    )
    public = (
        "raw_file_id::varchar not in "  # noqa: S608
        f"(select raw_file_id from meta.raw_file where status = '{NOT_YET}')"
    )
    again, outcomes = rows[AGAIN], {"event": "reason is null", "other": "reason is not null"}
    found = {
        kind: f"(select * from {rows[kind]} where {public} and not {passed_over} "  # noqa: S608
        f"union all by name select * from {again} where {condition} and {told})"
        for kind, condition in outcomes.items()
    }
    hidden = "".join(
        f" union all by name select * from {rows[kind]} where {public} and {passed_over}"  # noqa: S608
        for kind in outcomes
    )
    return found | {AGAIN: f"(select * from {again} where {public} and not {told}{hidden})"}  # noqa: S608
