"""What the loading of a source came to, in numbers and in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from detente.base.counted import counted
from detente.database.builder import Warehouse
from detente.settings import Settings
from detente.store.events import LOADED, SUPERSEDED, Store
from detente.store.raw_file import OUTCOMES, Count


@dataclass
class Summary:
    """What was done."""

    source: str
    n_files: int = 0
    n_rows: int = 0
    n_loaded: int = 0
    n_out_of_scope: int = 0
    n_unknown: int = 0
    n_duplicate: int = 0
    n_rejected: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    problem: str | None = None
    # Files that could not be downloaded or read, and had not failed in the same way before.
    news: list[str] = field(default_factory=list)
    # What a reader has to know of the source although nothing failed.
    notes: list[str] = field(default_factory=list)

    @property
    def is_refused(self) -> bool:
        """Whether there were rows and every one was refused."""
        return 0 < self.n_rows == self.n_rejected

    def add(self, count: Count) -> None:
        """Add the account of one file."""
        self.n_files += 1
        self.n_rows += count.n_read
        for name in OUTCOMES:
            setattr(self, name, getattr(self, name) + getattr(count, name))
        if count.is_moving:
            self.notes.append(f"{count.file.raw_file_id} {count.note}")
        elif count.unclaimed and not count.problem:
            self.notes.append(f"{count.file.called} {count.unclaimed}")
        if count.problem and count.status != SUPERSEDED:
            self.news.append(f"{count.file.raw_file_id}: {count.problem}")
            self.failures[count.status] = self.failures.get(count.status, 0) + 1

    def __str__(self) -> str:
        text = (
            f"{self.source}: {counted(self.n_files, 'file')}, {counted(self.n_rows, 'row')} = "
            f"{self.n_loaded} loaded + "
            f"{self.n_out_of_scope} out of scope + {self.n_unknown} with an unknown actor + "
            f"{self.n_duplicate} duplicate + "
            f"{self.n_rejected} rejected"
        )
        if self.failures:
            failed = ", ".join(f"{n} {status}" for status, n in sorted(self.failures.items()))
            text += f"; not loaded: {failed} (`detente doctor` lists them)"
        return "; ".join([text, *([self.problem] if self.problem else []), *self.notes])


def unloaded(settings: Settings, summaries: Sequence[Summary]) -> list[str]:
    """Return the sources of which nothing could be loaded, each with the reason."""
    failed = [one for one in summaries if one.problem or one.failures or one.is_refused]
    if not failed:
        return []
    with Warehouse() as warehouse:
        columns = ("source", "n_rows", "n_rejected")
        loaded = Store(settings).states(warehouse, columns, status=LOADED)
        there = {source for source, n_rows, n_rejected in loaded if n_rejected < max(n_rows, 1)}
    return [
        f"{one.source} ({one.problem or ', '.join(sorted(one.failures)) or 'every row refused'})"
        for one in failed
        if one.source not in there
    ]
