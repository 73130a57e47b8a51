"""The accounts of raw files during a load: where each row of each file went."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from detente.sources.base import Source
from detente.store.events import LOADED, NOT_RECOGNISED, OUTCOME_OF, SUPERSEDED
from detente.store.raw_file import EARLIER, OUTCOMES, STAYS, Count
from detente.store.settle import Moved, Settled

Row = Mapping[str, Any]
Ledger = Callable[[list[str] | None], dict[str, dict[str, Any]]]


class Accounts:
    """Accounts under way, and those of the ledger that a load changes.

    A file that is loaded again has two accounts: the ledger's, of the version that the store
    holds, and the one under way, of the version that replaces it. Rows that move belong to the
    version that the store holds at that moment.

    Parameters
    ----------
    counts
        Of the files of this load, by id; the thread that reads them fills in what it counts.
    known
        The source's files that the ledger has; of another it is not asked.
    ledger
        Returns what the ledger says of some files, or of all of the source.
    """

    def __init__(
        self,
        counts: dict[str, Count],
        known: set[str],
        ledger: Ledger,
    ) -> None:
        self._counts, self._known, self._ledger = counts, known, ledger
        # Files whose rows the store holds as this load read them, not committed yet.
        self._under_way: set[str] = set()
        self._changed: dict[str, Row] = {}
        # Versions of snapshots that could not be read, by what they have in common with others.
        self._refused: dict[str, list[Count]] = {}
        self._superseded: set[str] = set()

    def let_stand(self, finished: Iterable[Count]) -> None:
        """Say of the files that cannot be read whether an earlier version of them is loaded.

        One of the same name keeps its account as well as its rows.
        """
        failed = {one.file.raw_file_id: one for one in finished if one.problem}
        known = [one for one in failed if one in self._known]
        loaded = {
            name
            for name, row in (self._ledger(known) if known else {}).items()
            if row["status"] in LOADED
        }
        for name, one in failed.items():
            one.stands = name in loaded
            if one.stands or any(row["status"] in LOADED for row in self._others(one).values()):
                one.problem = f"{one.problem} ({STAYS})"

    def begin(self, ids: Iterable[str], *, is_anew: bool) -> list[str]:
        """Begin the accounts of files; return the files whose rows are to be taken out first.

        They are those that were loaded before with another content, and the older versions of
        snapshots. Where everything is loaded again, the store holds no rows of them.
        """
        new = [one for one in dict.fromkeys(ids) if one and one not in self._under_way]
        if not new:
            return []
        self._under_way |= set(new)
        known = [] if is_anew else [one for one in new if one in self._known]
        gone = [
            one
            for one, row in (self._ledger(known) if known else {}).items()
            if row["status"] in LOADED and row["n_rows"]
        ]
        for one in new:
            gone += self._supersede(self._counts[one], is_anew=is_anew)
        return gone

    def _others(self, count: Count) -> dict[str, dict[str, Any]]:
        """Return what the ledger says of the other versions of a snapshot that are not replaced."""
        file = count.file
        if not file.remote.is_snapshot:
            return {}
        return {
            name: row
            for name, row in self._ledger(None).items()
            if (file.remote.is_sole or name.split("@")[0] == file.series)
            and name != file.raw_file_id
            and row["status"] not in (SUPERSEDED, NOT_RECOGNISED)
        }

    def _supersede(self, count: Count, *, is_anew: bool) -> list[str]:
        others = {} if count.problem else self._others(count)
        gone = []
        for name, row in others.items():
            other = self._counts.get(name)
            # One that was refused just now is why an earlier version is read. Where everything is
            # loaded again, no row of a later one is in the store: it may be missing on disk.
            if (other and other.problem) or (
                is_anew and _moment(name) > _moment(count.file.raw_file_id)
            ):
                continue
            if row["status"] in LOADED:
                gone.append(name)
            self._superseded.add(name)
            self._changed[name] = {
                **row,
                "status": SUPERSEDED,
                "note": f"a newer version stands in for it: {count.file.name}",
                "n_out_of_scope": row["n_rows"] - row["n_rejected"],
                "n_loaded": 0,
                "n_unknown": 0,
                "n_duplicate": 0,
            }
        return gone

    def is_forgotten(self, raw_file_id: str) -> bool:
        """Say whether a file that was loaded is neither read by this load nor replaced."""
        return raw_file_id not in self._counts and raw_file_id not in self._superseded

    def apply(self, settled: Settled) -> None:
        """Take over what became of a batch's rows, and of rows that it moved."""
        for one in settled.placed:
            self._add(one.raw_file_id, OUTCOME_OF[one.kind], one.n_rows)
            self._counts[one.raw_file_id].see(one.first_day, one.last_day)
        elsewhere = {one.raw_file_id for one in settled.moved} - self._under_way
        if unread := sorted(elsewhere - set(self._changed)):
            self._changed |= self._ledger(unread)
        for moved in settled.moved:
            self._move(moved)

    def _move(self, moved: Moved) -> None:
        for kind, n in ((moved.was, -moved.n_rows), (moved.now, moved.n_rows)):
            name = OUTCOME_OF[kind]
            if moved.raw_file_id in self._under_way:
                self._add(moved.raw_file_id, name, n)
            else:
                row = self._changed[moved.raw_file_id]
                self._changed[moved.raw_file_id] = {**row, name: (row[name] or 0) + n}

    def _add(self, raw_file_id: str, name: str, n: int) -> None:
        count = self._counts[raw_file_id]
        setattr(count, name, getattr(count, name) + n)

    def committed(self, done: Sequence[Count], source: Source, now: datetime) -> list[Row]:
        """Return the rows that the ledger is to have, and forget them.

        A file that failed again, as it was and for the same reason, needs none: no row differs, and
        nothing has to be built.
        """
        failed = [one.file.raw_file_id for one in done if one.problem]
        known = [one for one in failed if one in self._known]
        before = self._ledger(known) if known else {}
        for count in done:
            if count.stands:
                continue
            for one in self._of_versions(count):
                row = file_row(one, source, now)
                if not (one.problem and _is_told(row, before.get(one.file.raw_file_id, {}))):
                    self._changed[one.file.raw_file_id] = row
            self._known.add(count.file.raw_file_id)
            self._under_way.discard(count.file.raw_file_id)
        rows, self._changed = list(self._changed.values()), {}
        return rows

    def _of_versions(self, count: Count) -> list[Count]:
        """Return a file and the versions refused before it, of which is said that it is loaded.

        Of versions that are refused only the newest is told.
        """
        if not count.file.remote.is_snapshot:
            return [count]
        series = count.file.series
        if not count.problem:
            refused = self._refused.pop(series, [])
            for one in refused:
                one.problem = f"{one.problem} ({EARLIER})"
            return [count, *refused]
        if series in self._refused:
            count.problem_status = SUPERSEDED
            return [count]
        self._refused[series] = [count]
        for name, row in self._others(count).items():
            is_earlier = _moment(name) < _moment(count.file.raw_file_id)
            if row["status"] not in LOADED and is_earlier:
                note = f"there is a newer version: {count.file.name}"
                self._changed[name] = {**row, "status": SUPERSEDED, "note": note}
        return [count]


def _moment(raw_file_id: str) -> str:
    """Return when a version of a snapshot was kept, as its name has it."""
    return raw_file_id.partition("@")[2]


def credits_of(source: Source) -> dict[str, str]:
    """Return what the account of each raw file says of its source."""
    return {
        "source": source.name,
        "title": source.title,
        "producer": source.producer,
        "licence": source.licence,
    }


def _is_told(row: Row, before: Row) -> bool:
    """Say whether the ledger has a row already, whenever the file was read."""
    return all(
        value == before.get(name)
        for name, value in row.items()
        if name not in ("loaded_at", "load_id")
    )


def file_row(count: Count, source: Source, now: datetime) -> dict[str, Any]:
    """Return the account of a file as the ledger keeps it."""
    file = count.file
    return {
        "raw_file_id": file.raw_file_id,
        **credits_of(source),
        "url": file.remote.url,
        "path": file.stored_path,
        "bytes": file.bytes,
        "modified_ns": file.modified_ns,
        "is_listed": file.is_listed,
        "sha256": file.sha256,
        "published_md5": file.published_md5,
        "n_rows": count.n_read,
        **{name: getattr(count, name) for name in OUTCOMES},
        "status": count.status,
        "note": count.note,
        "covers_from": count.covered[0],
        "covers_to": count.covered[1],
        "named_to": count.named_to,
        "first_event": count.first_event,
        "last_event": count.last_event,
        "places": "; ".join(sorted(count.places)) or None,
        "numbering": count.numbering,
        "loaded_at": now,
        "load_id": count.load_id,
    }
