"""What a source of machine-coded events has to tell: what there is, and how its text is read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from detente.base import assets
from detente.base.errors import DownloadError
from detente.settings import Settings
from detente.sources import kinds
from detente.sources.fetch import Fetcher
from detente.sources.traits import Traits

Naming = Literal["cameo", "name", "iso3", "iso2", "gwcode", "cow", "fips"]
# No feed of events reaches further back; a day before is a slip of the pen, as in 0025-03-05.
EARLIEST = date(1500, 1, 1)


@dataclass(frozen=True, slots=True)
class Remote:
    """One file that a provider has, or that lies in the folder of downloads.

    Attributes
    ----------
    name
        Name on disk, unique within the source.
    first_day, last_day
        Days of publication that the file covers. A file that holds only a part of its day is
        complete only to the day before.
    is_snapshot
        The provider replaces the file by newer versions under the same address; a newer version
        stands in for every older one.
    is_sole
        The source is this one file: a snapshot of it stands in for every older one, whatever the
        file was called before.
    sheet
        Which sheet of a workbook is read; empty for the first.
    published
        The day on which the provider made the file, where it says so: no event of it is later.
    has_members
        The archive holds several texts of one layout, which are read one after the other.
    encoding
        Of a text of your own, or 'auto'; empty for UTF-8.
    header
        Names that its header has, where titles and notes may stand above it; empty if none may.
    is_closed
        The days are a person's word, not a reading of a name: the file covers them all.
    starts_with_data
        The name does not tell the first day; it is that of the first event.
    covers_its_rows
        The name has the day on which the file was made, which is none of those that it covers, or
        one of them: they are the days from `first_day` to `last_day` that most of its rows are of.
    is_part_of_world
        A person chose of which states it holds events, and no name tells which: the states where
        its events took place are noted, and of other states it says nothing.
    level
        Of two files that tell of a day the one of the higher level counts, and events that it
        leaves out are withdrawn: a final release stands above a preliminary one, by the release's
        own order. Files of one level complement each other.
    scope
        Of what part of the world a release tells; only one of the same scope replaces it.
    is_preliminary
        A later release is to replace it.
    public_from
        Of a release the day from which it counts as public, by its name or by the provider's
        calendar; None where nobody says.
    problem
        Why the file cannot be one of the source's, where the provider or a person names it.
    about
        What should be known before it is fetched: what it costs.
    is_listed
        A copy of the provider's list names it, although the provider was not asked.
    make
        Writes the file, where the provider has an interface in place of files. Raises
        DownloadError.
    """

    name: str
    url: str
    first_day: date
    last_day: date
    bytes: int | None = None
    md5: str | None = None
    is_snapshot: bool = False
    is_sole: bool = False
    sheet: str = ""
    published: date | None = None
    has_members: bool = False
    encoding: str = ""
    header: tuple[str, ...] = ()
    is_closed: bool = False
    starts_with_data: bool = False
    covers_its_rows: bool = False
    is_part_of_world: bool = False
    level: int = 0
    scope: str = ""
    is_preliminary: bool = False
    public_from: date | None = None
    problem: str = ""
    about: str = ""
    is_listed: bool = False
    make: Callable[[Fetcher, Path], None] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Layout:
    """How the lines of a file are read.

    Attributes
    ----------
    columns
        Every column in the file's order, by the provider's names.
    is_quoted
        Fields are separated by `separator` and may be quoted; otherwise by tabs, and a quote is
        text.
    header_lines
        Lines above the first row.
    absent
        Columns that the projection reads and that this layout lacks; they are null.
    reads
        Select list over the file's columns that yields those that the projection reads.
    variables
        Values that the projection asks for by `getvariable`.
    projection
        Name of the file of `sql/sources` that reads these columns.
    code_column
        The provider's name of the column that says what was done.
    has_cameo
        It holds CAMEO codes, not words.
    expected
        What a refused column should have held, by column.
    day_column, actor_columns
        The provider's names of the columns of the day and of the two sides.
    is_month_first
        Of a day with slashes the month stands first. A file with a day that has it second is
        refused: of its other days nobody could tell.
    earliest
        No event of the source can be older.
    has_sides
        A row may name several actors on a side; each ordered pair is an event.
    header_only
        Columns of the header that the rows of some files lack.
    refuses_unknown
        A name that no reference table knows makes the row be refused, not put outside the scope.
    """

    columns: tuple[str, ...]
    projection: str
    code_column: str
    expected: Mapping[str, str] = field(default_factory=dict)
    is_quoted: bool = False
    separator: str = ","
    header_lines: int = 0
    absent: tuple[str, ...] = ()
    reads: str = "*"
    variables: Mapping[str, str] = field(default_factory=dict)
    day_column: str = ""
    actor_columns: tuple[str, str] = ("", "")
    is_month_first: bool = False
    earliest: date = EARLIEST
    has_sides: bool = False
    refuses_unknown: bool = False
    header_only: tuple[str, ...] = ()
    has_cameo: bool = False

    @property
    def row_count_sql(self) -> str:
        """SQL that counts the rows of a batch, of which one may be several events."""
        return "count(distinct batch_row)" if self.has_sides else "count(*)"


@cache
def projection(name: str) -> str:
    """Return the text of a file of `sql/sources`."""
    return (assets.sql() / "sources" / f"{name}.sql").read_text(encoding="utf-8")


class Source(Protocol):
    """A provider of events. Reading its list is the only thing that needs a network."""

    @property
    def name(self) -> str:
        """Name of the source in the settings and in every table, for instance `gdelt2`."""
        ...

    @property
    def title(self) -> str:
        """Its name for readers, shown in lists and reports."""
        ...

    @property
    def producer(self) -> str:
        """Whom to cite."""
        ...

    @property
    def licence(self) -> str:
        """Terms of use, as the report cites them."""
        ...

    @property
    def naming(self) -> Naming:
        """How it calls states."""
        ...

    @property
    def projection(self) -> str:
        """Name of the file of `sql/sources` that reads its rows."""
        ...

    @property
    def has_releases(self) -> bool:
        """Whether some of its files have a level above 0."""
        ...

    @property
    def start(self) -> date:
        """First day that a refresh asks for."""
        ...

    def available(self, fetcher: Fetcher, start: date, end: date) -> list[Remote]:
        """Return the files that the provider has for these days, oldest first."""
        ...

    def recognise(self, name: str) -> Remote | None:
        """Say what a file in the folder of downloads is by its name; None if it is none of ours."""
        ...

    def layout(self, name: str, first_line: bytes) -> Layout | None:
        """Return how a file is read, by name and first line; None if it is like no known one."""
        ...

    def recipe(self) -> str:
        """Return a hash of everything in the source's settings and SQL that decides the events."""
        ...


@runtime_checkable
class TellsNewest(Protocol):
    """A source whose provider names its newest file apart from the list of all."""

    def latest(self, fetcher: Fetcher) -> Remote | None:
        """Return the newest file; None if the provider names none that can be read."""
        ...


def _nothing(folder: Path) -> frozenset[str]:
    del folder
    return frozenset()


@dataclass(frozen=True)
class Offer:
    """A source as the module of its provider offers it.

    Attributes
    ----------
    traits
        What there is to know of it; numbers are orders of magnitude.
    first_day
        The first that the provider has.
    build
        Makes the source from the settings and the folder for copies of long lists.
    listed_in
        Returns the names of files in the copy of the provider's list in that folder; none without.
    """

    traits: Traits
    first_day: date
    build: Callable[[Settings, Path | None], Source]
    listed_in: Callable[[Path], frozenset[str]] = _nothing


def hashed(*parts: str) -> str:
    """Return one hash of several texts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def by_header(first_line: bytes, separator: str = "\t") -> tuple[str, ...]:
    """Return the column names of a header line."""
    text = first_line.decode("utf-8", "replace").lstrip("\ufeff").rstrip("\r\n")
    return tuple(part.strip().strip('"') for part in text.split(separator))


def unrecognised(name: str, url: str, expected: str) -> Remote:
    """Return a file that is named and cannot be read, so that it is reported and not dropped."""
    problem = f"expected a name like {expected}{kinds.advice(name)}"
    return Remote(name, url, date.min, date.min, problem=problem)


def demand_entries(
    name: str, lines: Sequence[bytes], entry: re.Pattern[bytes], expected: str
) -> None:
    """Refuse a list without a single entry: it would pass for a provider that has no file.

    Raises
    ------
    DownloadError
        There are lines, and none of them is an entry.
    """
    if any(one.strip() for one in lines) and not any(entry.match(one) for one in lines):
        first = next(one for one in lines if one.strip())[:60].decode("utf-8", "replace")
        raise DownloadError(
            f"{name}: expected {expected} on each line; none of its {len(lines):,} lines is; "
            f"the first begins with {first!r}"
        )


def in_span(remotes: Sequence[Remote], start: date, end: date) -> list[Remote]:
    """Return the files that overlap a span of days, oldest first, and those that have a problem."""
    chosen = [
        one
        for one in remotes
        if one.problem or (one.first_day <= end and start <= max(one.last_day, one.first_day))
    ]
    return sorted(chosen, key=lambda one: (one.first_day, one.name))
