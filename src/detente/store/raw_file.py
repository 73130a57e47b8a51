"""A raw file that is to be loaded, and the account of where its rows went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from detente.base.counted import counted
from detente.sources import snapshot
from detente.sources.base import Remote
from detente.sources.encoding import Bad

# Where a row of a file can go; together they are all its rows.
OUTCOMES = ("n_loaded", "n_out_of_scope", "n_unknown", "n_duplicate", "n_rejected")
# How long a silence may be for its days to count as looked at: in days, and in mean distances from
# row to row. At a constant rate one silence of a thousand lasts as long as seven (exp(-7)).
_SILENT_DAYS, _SILENT_DISTANCES = 7, 7
# A day with fewer rows than this share of a file's fullest day has only some of its events there.
_SHARE_OF_A_DAY = 0.1
# Said of a file that cannot be read now and of which an earlier version is loaded.
STAYS = "what was loaded of it before stays"
# What to do where events lie outside the days that a file of one's own is said to cover.
CORRECT_DAYS = "correct the days in the settings"
# Said of a version that cannot be read where an earlier one is loaded with it.
EARLIER = "an earlier version of it is loaded"


@dataclass(frozen=True)
class RawFile:
    """A provider's file on disk that is to be loaded.

    Attributes
    ----------
    remote
        What the provider, or the name, says of it: its days, its layout, its rank among releases.
    raw_file_id
        'source/name on disk', which for a version of a snapshot ends in '@' and its moment.
    path
        Where it lies.
    stored_path
        The same as the ledger has it: relative to the study where the file lies inside it.
    sha256
        Of the bytes.
    published_md5
        What the provider published, or that of the bytes where it was not asked.
    bytes, modified_ns
        Size and moment of the last change (nanoseconds since 1970) before it was read.
    is_listed
        The provider's list names it, with its checksum.
    earlier
        Kept versions before it, the newest first, to be read until one can be if it cannot.
    """

    remote: Remote
    raw_file_id: str
    path: Path
    stored_path: str
    sha256: str
    published_md5: str
    bytes: int | None = None
    modified_ns: int | None = None
    is_listed: bool = False
    earlier: Iterable[RawFile] = ()

    @property
    def is_as_described(self) -> bool:
        """Whether it still has the size and the moment that it had before it was read."""
        try:
            now = self.path.stat()
        except OSError:
            return False
        return (now.st_size, now.st_mtime_ns) == (self.bytes, self.modified_ns)

    @property
    def name(self) -> str:
        """Name of the file on disk; of a version of a snapshot it carries the moment."""
        return self.path.name

    @property
    def called(self) -> str:
        """Name of the file as its owner knows it, without the mark of a version."""
        return snapshot.unversioned(self.name)

    @property
    def series(self) -> str:
        """What the versions of one snapshot have in common."""
        return self.raw_file_id.split("/" if self.remote.is_sole else "@")[0]


@dataclass
class Count:
    """Where the rows of one file went, filled while it is read."""

    file: RawFile
    load_id: str
    n_rows: int = 0
    n_loaded: int = 0
    n_out_of_scope: int = 0
    n_unknown: int = 0
    first_event: date | None = None
    last_event: date | None = None
    n_duplicate: int = 0
    n_rejected: int = 0
    n_repaired: int = 0
    n_mended_later: int = 0
    n_blank: int = 0
    # Its rows by day, where they say which days it covers.
    rows_of: Counter[date] = field(default_factory=Counter)
    places: set[str] = field(default_factory=set)
    # The oldest of its provider's numberings of events in it; None for the present one alone.
    numbering: int | None = None
    # Events in an older one of which no state is known where they took place.
    n_nowhere: int = 0
    bad: Bad = field(default_factory=Bad)
    read_as: str = ""
    # It changed while it was read, as one that is still being copied.
    is_moving: bool = False
    problem: str | None = None
    problem_status: str = "unreadable"
    # It could not be read; the version that is loaded keeps its rows and its account.
    stands: bool = False

    @property
    def status(self) -> str:
        """'loaded', 'no_rows' (nothing in it), or why the file could not be read."""
        if self.problem:
            return self.problem_status
        return "loaded" if self.n_read else "no_rows"

    def see(self, first: date, last: date) -> None:
        """Note the first and last day of some of the file's events."""
        self.first_event = min(first, self.first_event or first)
        self.last_event = max(last, self.last_event or last)

    @property
    def covered(self) -> tuple[date, date]:
        """The days that the file covers: of several days those to its last event.

        Neither a name nor the clock proves that the provider looked: a yearly file may end in
        April, and a list that is fetched every day may have stopped. One may also begin in
        November: a silence at its start counts as looked at if it is no longer than a week, or than
        seven times the mean distance of the file's rows (as at its end, meta.coverage_gap).
        """
        named = self.file.remote
        if named.is_closed or named.last_day <= named.first_day:
            return named.first_day, named.last_day
        if named.covers_its_rows:
            return self._days_of_most_rows
        if self.last_event is None:
            return named.first_day, named.first_day - timedelta(days=1)
        if self.first_event and self.is_misnamed:
            return self.first_event, self.last_event
        first, last = named.first_day, min(named.last_day, self.last_event)
        if self.first_event and (named.starts_with_data or self._is_silent(first, last)):
            first = max(first, self.first_event)
        return first, last

    @property
    def _days_of_most_rows(self) -> tuple[date, date]:
        """The days around that on which the file was made that hold most of its rows.

        Such a file also has some events of earlier weeks, of which it does not tell everything.
        """
        named = self.file.remote
        near = {
            day: n for day, n in self.rows_of.items() if named.first_day <= day <= named.last_day
        }
        if not near:
            middle = named.first_day + (named.last_day - named.first_day) / 2
            return middle, middle - timedelta(days=1)
        least = _SHARE_OF_A_DAY * max(near.values())
        days = [day for day, n in near.items() if n >= least]
        return min(days), max(days)

    @property
    def named_to(self) -> date:
        """The last day that its name tells, or that its data reach where no name does."""
        first, last = self.covered
        is_told = self.file.remote.covers_its_rows and first <= last
        return last if is_told else self.file.remote.last_day

    @property
    def is_misnamed(self) -> bool:
        """Whether a file that a person made has events outside the days of its name."""
        named = self.file.remote
        return bool(
            named.is_part_of_world
            and self.first_event
            and self.last_event
            and (self.first_event < named.first_day or self.last_event > named.last_day)
        )

    @property
    def unclaimed(self) -> str:
        """What to say of a file of one's own with events outside the days that it is to cover."""
        named = self.file.remote
        if not (named.is_sole and self.first_event and self.last_event):
            return ""
        covers_to = named.last_day if named.is_closed else None
        told = beyond((self.first_event, self.last_event), named.first_day, covers_to)
        return f"{told}; {CORRECT_DAYS}" if told else ""

    def _is_silent(self, first: date, last: date) -> bool:
        """Say whether the file is silent for longer at its start than chance would have it."""
        # A person says from when on a file of one's own covers, a provider's interface was asked.
        if self.first_event is None or self.file.remote.is_snapshot:
            return False
        # The days that were asked for may begin decades before there was anything to export.
        seen = self.first_event if self.file.remote.is_part_of_world else first
        usual = _SILENT_DISTANCES * ((last - seen).days + 1) // max(self.n_read, 1)
        return (self.first_event - first).days > max(_SILENT_DAYS, usual)

    @property
    def n_read(self) -> int:
        """Lines that hold anything, counted from the bytes."""
        return self.n_rows - self.n_blank

    @property
    def note(self) -> str | None:
        """What should be known about the file."""
        if self.problem:
            return self.problem
        if self.is_moving:
            return "changed while it was read; the next refresh loads it again"
        return "; ".join(self._remarks()) or None

    def _remarks(self) -> Iterator[str]:
        if self.read_as:
            yield self.read_as
        if n := self.bad.n_bytes:
            are = "is" if n == 1 else "are"
            yield f"{counted(n, 'byte')} {are} not UTF-8; they show as \ufffd"
        if n := self.n_repaired + self.n_mended_later:
            yield f"{counted(n, 'line')} held bytes that are not text; they show as \ufffd"
        if self.is_misnamed:
            named = self.file.remote
            yield (
                f"its name says {named.first_day} to {named.last_day}, its events are of "
                f"{self.first_event} to {self.last_event}: it covers the days of its events"
            )
        if self.unclaimed:
            yield self.unclaimed
        if self.numbering is not None:
            yield (
                "its events have numbers that their provider no longer uses: where a file in newer "
                "numbers covers the day and the state, the events of that file count"
            )
        if n := self.n_nowhere:
            yield (
                f"of {n} of them no state is known where they took place, so that they are counted "
                "beside a newer file of their days"
            )


def beyond(events: tuple[date, date], covers_from: date, covers_to: date | None) -> str:
    """Say of a file of one's own which events lie outside the days that it is to cover, if any.

    Parameters
    ----------
    events
        The days of its first and of its last one.
    covers_to
        None where the file goes on.
    """
    first, last = events
    if first >= covers_from and (covers_to is None or last <= covers_to):
        return ""
    claimed = f" and `covers_to` {covers_to}" if covers_to else ""
    return (
        f"has events of {first} to {last}, but `covers_from` is {covers_from}{claimed}: those "
        "outside are listed, and in no complete period"
    )
