"""What a second reader would ask about files of records, beyond what their parser refuses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rapidfuzz import fuzz, utils

from detente.records.fields import SHORT_MAX
from detente.records.record import Record

NEAR_DAYS = 3
_ALIKE = 85.0
# A day in an address (2019/07/04, 2019-07-04, 20190704) or at the end of a source's name.
_DAY_IN_URL = re.compile(
    r"(?<!\d)((?:19|20)\d\d)[-/_]?(0[1-9]|1[0-2])[-/_]?(0[1-9]|[12]\d|3[01])(?!\d)"
)
_YEAR_IN_URL = re.compile(r"/((?:19|20)\d\d)(?=/)")
_DAY_IN_NAME = re.compile(
    r"\b(\d{1,2}) (January|February|March|April|May|June|July|August|September|October|November|"
    r"December) ((?:19|20)\d\d)\b"
)
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True)
class Remark:
    """Something to look at: where it stands, what it is, what to do."""

    file: str
    raw_row: int
    column: str
    value: str
    text: str
    # An error keeps the line out of the database; a remark does not.
    is_error: bool = False


def remarks(files: Sequence[tuple[str, Sequence[Record]]]) -> list[Remark]:
    """Return what to look at in all files together, in their order.

    Near-duplicates within and across files, sources older than the act, and titles too long for a
    chart whose record has no short label.
    """
    placed = [(file, record) for file, records in files for record in records]
    found = [*_near_duplicates(placed)]
    for file, record in placed:
        found += _of_one(file, record)
    return sorted(found, key=lambda one: (one.file, one.raw_row, one.column))


def near(record: Record, others: Iterable[Record], days: int = NEAR_DAYS) -> list[Record]:
    """Return records within some days of another one, of the same states, that read alike."""
    return [other for other in others if other is not record and _reads_alike(record, other, days)]


def _near_duplicates(placed: Sequence[tuple[str, Record]]) -> Iterator[Remark]:
    """Yield one remark for each set of alike records, at the last of them."""
    for *earlier, (file, record) in _alike(placed):
        first = earlier[0][1]
        if len(earlier) == 1:
            others = f"line {first.raw_row} of {earlier[0][0]} ({first.event_date}: {first.title})"
            end = "."
        else:
            others = f"{len(earlier)} earlier lines since {first.event_date}: {_lines(earlier)}"
            end = ". A series of separate acts can stay as it is."
        yield Remark(
            file,
            record.raw_row,
            "title",
            record.title,
            f"reads like {others}. If two lines describe one act, remove one; if they are parts of "
            f"one occurrence, give both the same occurrence_id{end}",
        )


def _alike(placed: Sequence[tuple[str, Record]]) -> list[list[tuple[str, Record]]]:
    """Return the records that read alike, each set in order of days; two or more a set."""
    in_order = sorted(placed, key=lambda one: (one[1].event_date, one[0], one[1].raw_row))
    sets = [[place] for place in range(len(in_order))]
    for place, (_, record) in enumerate(in_order):
        for later in range(place + 1, len(in_order)):
            other = in_order[later][1]
            if other.event_date - record.event_date > timedelta(days=NEAR_DAYS):
                break
            shared = record.attributes.get("occurrence_id")
            if shared and shared == other.attributes.get("occurrence_id"):
                continue  # the file says that they are one occurrence, seen from two sides
            if _reads_alike(record, other, NEAR_DAYS) and sets[place] is not sets[later]:
                sets[place] += sets[later]
                for member in sets[later]:
                    sets[member] = sets[place]
    return [
        [in_order[member] for member in sorted(found)]
        for place, found in enumerate(sets)
        if len(found) > 1 and place == min(found)
    ]


def _lines(placed: Sequence[tuple[str, Record]]) -> str:
    """Return files and lines, a file once and neighbours as a span: a.csv 3, 5 to 8."""
    rows: dict[str, list[int]] = {}
    for file, record in placed:
        rows.setdefault(file, []).append(record.raw_row)
    notes = []
    for file, numbers in rows.items():
        spans: list[list[int]] = []
        for number in sorted(numbers):
            if spans and number == spans[-1][-1] + 1:
                spans[-1].append(number)
            else:
                spans.append([number])
        notes.append(
            f"{file} "
            + ", ".join(str(s[0]) if len(s) == 1 else f"{s[0]} to {s[-1]}" for s in spans)
        )
    return "; ".join(notes)


def _reads_alike(record: Record, other: Record, days: int) -> bool:
    if abs(other.event_date - record.event_date) > timedelta(days=days):
        return False
    if {*record.actor1, *record.actor2} != {*other.actor1, *other.actor2}:
        return False
    first, second = (utils.default_process(one.title) for one in (record, other))
    if re.findall(r"\d+", first) != re.findall(r"\d+", second):
        return False  # the second and the third round of talks are two acts
    # Each side's tariffs on the other's goods are two acts: alike but for who comes first.
    are_exchanged = (record.actor1, record.actor2) == (other.actor2, other.actor1)
    if are_exchanged and first.split()[:1] != second.split()[:1]:
        return False
    return float(fuzz.token_sort_ratio(first, second)) >= _ALIKE


def _of_one(file: str, record: Record) -> Iterator[Remark]:
    published = _published(record.source_url, record.source_name)
    if published and published < record.event_date:
        yield Remark(
            file,
            record.raw_row,
            "source_url" if record.source_url else "source_name",
            record.source_url or record.source_name,
            f"the source is of {published}, before the act of {record.event_date}. Cite one that "
            "reports the act, or correct the day.",
        )
    if len(record.title) > 100 and not record.attributes.get("short"):
        yield Remark(
            file,
            record.raw_row,
            "title",
            record.title,
            f"{len(record.title)} characters are too long for the label of a chart. Add a label of "
            f"at most {SHORT_MAX} characters in the column short.",
        )


def _published(url: str, name: str) -> date | None:
    """Return the last day on which a source can have appeared, as far as it says so itself."""
    if match := _DAY_IN_NAME.search(name):
        return _day(int(match[3]), _MONTHS.index(match[2]) + 1, int(match[1]))
    if match := _DAY_IN_URL.search(url):
        # The day of publication may be a day earlier where the act took place: time zones.
        found = _day(int(match[1]), int(match[2]), int(match[3]))
        return found and found + timedelta(days=1)
    if match := _YEAR_IN_URL.search(url):
        return date(int(match[1]), 12, 31)
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
