"""What the columns of a table of events mean: by their names, and by what stands in them."""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import product
from typing import get_args

from detente.base import clock
from detente.base.errors import UsageError
from detente.records import reference
from detente.settings import CsvField
from detente.sources.base import EARLIEST
from detente.sources.encoding import WINDOWS
from detente.studies.actors import Gazetteer, plain
from detente.studies.column_names import CALLED, SIDES
from detente.studies.sheet import Sheet

_FORMATS = (
    "%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%Y%m%d", "%d-%m-%Y", "%m-%d-%Y",
    "%d %B %Y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%B %d, %Y", "%b %d, %Y", "%d.%m.%y",
    "%d/%m/%y", "%m/%d/%y", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M",
    "%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M",
)  # fmt: skip
# Days as the numbers that Excel keeps for them: 43831 is 1 January 2020.
EXCEL = "excel"
_EXCEL_DAY_0 = date(1899, 12, 30)
# Share of the values that must be what a column is taken for.
_MOST = 0.9
_FEWEST_NAMES = 0.5
_ENOUGH_NAMES = 300
FIXED_CODE = "cameo_code"
# What says nothing, and how far numbers go: Goldstein's scale, degrees of latitude and longitude.
_NOTHING = ("na", "n/a", "nan", "null", "none", "-")
_FURTHEST = {"goldstein": 10.0, "latitude": 90.0, "longitude": 180.0}
# What nobody needs, and what may hold something other than its name says.
_DOUBTED = ("event_id", "added_at", *_FURTHEST)
# A column "source" may hold either.
_BY_ADDRESSES = {"source_name": False, "source_url": True}
_ADDRESS = re.compile(r"(?i)https?://|www\.|[\w.-]+\.[a-z]{2,}/")
_NEEDED = ("event_date", "actor1", "actor2")


class NotRecognisedError(UsageError):
    """A needed column was not recognised.

    Parameters
    ----------
    fields
        What is still to be named, with `--map` or by an answer.
    """

    def __init__(self, message: str, fields: Sequence[str]) -> None:
        super().__init__(message)
        self.fields = tuple(fields)


@dataclass(frozen=True)
class Proposal:
    """What is proposed for a table.

    Attributes
    ----------
    columns
        The file's column by field.
    cameo_code
        The code of every row, where no column holds one.
    date_format
        As `strptime` has it.
    words
        Actors by the file's own words for them.
    unknown
        Words for actors that mean nothing certain; each row with one will be listed as unknown.
    actors
        The actors that the table names, those with most rows first.
    pairs
        Pairs of actors in alphabetical order, those with most rows first.
    days
        First and last day.
    odd_days
        What stands in the column of days and is none, or none that can be; such rows are rejected.
    former
        Words for former states and for parts of states, which the reference tables count by day.
    n_without
        Rows in which a needed column is empty, by field, where there are any.
    """

    columns: Mapping[str, str]
    cameo_code: str | None
    date_format: str
    words: Mapping[str, str]
    unknown: tuple[str, ...]
    actors: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    days: tuple[date, date]
    odd_days: tuple[str, ...]
    former: tuple[str, ...]
    n_without: Mapping[str, int]


@dataclass(frozen=True)
class Recogniser:
    """Proposes what the columns of a table mean."""

    sheet: Sheet
    gazetteer: Gazetteer

    def propose(self, given: Mapping[str, str], date_format: str = "") -> Proposal:
        """Say what the columns mean.

        Parameters
        ----------
        given
            What is known already: the file's column by field, or `cameo_code` and the code of
            every row.
        date_format
            How days are written, if that is known.

        Raises
        ------
        UsageError
            A needed column is not recognised, or days can be read in two ways.
        """
        self._check(given)
        columns = {key: value for key, value in given.items() if key != FIXED_CODE}
        for side in SIDES:
            if side not in columns and (name := self._side(side, columns)):
                columns[side] = name
        for field in get_args(CsvField):
            names = self._called(field, columns) if field not in columns else []
            if field in _BY_ADDRESSES:
                is_url = _BY_ADDRESSES[field]
                names = [one for one in names if self._holds_addresses(one) is is_url]
            columns |= {field: names[0]} if names else {}
        code = given.get(FIXED_CODE)
        if code:
            columns.pop("code", None)
        elif "code" in columns and not self._holds_codes(columns["code"]):
            self._demand_zeros(columns["code"])
            if "code" not in given:
                del columns["code"]
        self._inspect_values(columns, has_code=bool(code))
        self._demand(columns, code)
        chosen = date_format or self._date_format(columns["event_date"])
        for field in [one for one in columns if one not in given and one in _DOUBTED]:
            if not self._holds(field, columns, chosen):
                del columns[field]
        in_order = {one: columns[one] for one in get_args(CsvField) if one in columns}
        return self._about(in_order, code, chosen)

    @property
    def _name(self) -> str:
        return self.sheet.path.name

    @property
    def _doubt(self) -> str:
        """What may be wrong with text that no mark says the encoding of."""
        if self.sheet.encoding != WINDOWS:
            return ""
        return " The text was read as Windows-1252; --encoding names another code page."

    def _check(self, given: Mapping[str, str]) -> None:
        known = (*get_args(CsvField), FIXED_CODE)
        for field, name in given.items():
            if field not in known:
                raise UsageError(f"--map: expected a field of {', '.join(known)}, got {field!r}.")
            if field == FIXED_CODE:
                if not re.fullmatch(r"[0-9]{2,4}", name):
                    raise UsageError(
                        f"--map {field}={name}: expected a CAMEO code of two to four digits, the "
                        f"one of every row. Codes in a column are named by --map code={name}."
                    )
            elif name not in self.sheet.header:
                raise UsageError(
                    f"--map {field}={name}: {self.sheet.path.name} has no such column; it has "
                    f"{', '.join(self.sheet.header)}."
                )

    def _called(self, field: str, columns: Mapping[str, str]) -> list[str]:
        """Return the columns that are called as this field usually is, the likeliest first."""
        names = {_written(name): name for name in self.sheet.header}
        found = [names[word] for word in map(plain, CALLED[field]) if word in names]
        return [one for one in found if one not in columns.values()]

    def _side(self, side: str, columns: Mapping[str, str]) -> str | None:
        """Return the column of the actors of one side.

        The one that is called so and holds states, as "source" may name the newspaper; else the one
        that holds states and has a word for this side in its name; else one that is called so.
        """
        called = self._called(side, columns)
        if named := [one for one in called if self._states(one) >= _FEWEST_NAMES]:
            return named[0]
        own = set(map(plain, SIDES[side]))
        other = set(map(plain, SIDES["actor2" if side == "actor1" else "actor1"]))
        found = [
            name
            for name in self.sheet.header
            if name not in columns.values()
            for words in [set(_written(name).split())]
            if words & own and not words & other and self._holds_states(name)
        ]
        return found[0] if len(found) == 1 else max(called, key=self._states, default=None)

    @cached_property
    def _codes(self) -> set[str]:
        path = reference.table_path(self.gazetteer.folder, "cameo.csv")
        with path.open(encoding="utf-8", newline="") as stream:
            return {row["cameo_code"] for row in csv.DictReader(stream)}

    def _holds_codes(self, name: str) -> bool:
        values = self.sheet.column(name)
        return bool(values) and _share(values, self._codes.__contains__) >= _MOST

    def _demand_zeros(self, name: str) -> None:
        """Refuse codes whose zeros a spreadsheet took: 42 may have been 042, and 190 is itself."""
        values = [one for one in self.sheet.column(name) if one.isdigit()]
        lost = [one for one in values if one not in self._codes and f"0{one}" in self._codes]
        if lost and _share(values, lambda one: {one, f"0{one}"} & self._codes) >= _MOST:
            raise UsageError(
                f"{self._name}: expected CAMEO codes in the column {name!r}; {_first(lost)} lacks "
                f"its zero in front ('0{lost[0]}'), as a spreadsheet leaves it. Format the column "
                "as text, enter the codes again, and save the table again."
            )

    def _inspect_values(self, columns: dict[str, str], *, has_code: bool) -> None:
        """Add the one column that holds days or codes, if none is so named."""
        free = [one for one in self.sheet.header if one not in columns.values()]
        if "event_date" not in columns:
            dated = [one for one in free if self._formats(one)]
            columns |= {"event_date": dated[0]} if len(dated) == 1 else {}
        if "code" not in columns and not has_code:
            coded = [one for one in free if one not in columns.values() and self._holds_codes(one)]
            columns |= {"code": coded[0]} if len(coded) == 1 else {}

    def _demand(self, columns: Mapping[str, str], code: str | None) -> None:
        missing = [one for one in _NEEDED if one not in columns]
        missing += ["code"] if "code" not in columns and not code else []
        if not missing:
            return
        hint = f"Say which one with --map {missing[0]}=COLUMN."
        free = [one for one in self.sheet.header if one and one not in columns.values()]
        states = [one for one in free if self._holds_states(one)]
        if {"actor1", "actor2"} <= set(missing) and len(states) == 2:
            # Who acts is not to be read off two columns of states, and so is never guessed.
            hint = (
                f"{states[0]} and {states[1]} hold states; if {states[0]} acts: "
                f"--map 'actor1={states[0]}' --map 'actor2={states[1]}'."
            )
        if missing == ["code"]:
            hint += " Without a column of CAMEO codes, --map cameo_code=042 gives every row one."
        if self.sheet.others:
            hint += (
                f" The sheet {self.sheet.name!r} was read; --sheet takes another: "
                f"{', '.join(self.sheet.others)}."
            )
        raise NotRecognisedError(
            f"{self._name}: no column was recognised as {', '.join(missing)}; it has "
            f"{', '.join(self.sheet.header)}.{self._doubt} {hint}",
            missing,
        )

    def _holds(self, field: str, columns: Mapping[str, str], date_format: str) -> bool:
        """Say whether a column that was recognised by its name alone would cost no row.

        What is no number would have a row refused; what is no id would make most rows duplicates.
        """
        places = [self.sheet.header.index(columns[one]) for one in ("event_date", field)]
        cells = [
            row[places[1]].strip()
            for row in self.sheet.rows
            if len(row) > max(places) and day_of(row[places[0]].strip(), date_format)
        ]
        values = [one for one in cells if one and one.lower() not in _NOTHING]
        if field == "event_id":
            return len(set(values)) >= _MOST * len(values)
        if field == "added_at":
            return all(_is_time(one, date_format) for one in values)
        numbers = [_number(one) for one in values]
        # A weight or a score that is never negative is no Goldstein value.
        is_signed = field != "goldstein" or any(one < 0 for one in numbers)
        return is_signed and all(abs(one) <= _FURTHEST[field] for one in numbers)

    def _actors(self, name: str) -> list[str]:
        """Return the actors that a column names, row by row."""
        return [word for cell in self.sheet.column(name) for word in _sides(cell)]

    def _holds_states(self, name: str) -> bool:
        """Say whether most names in a column are those of states, or most rows have such a name."""
        words = Counter(self._actors(name))
        known = {one: n for one, n in words.items() if self.gazetteer.find(one).is_certain}
        return bool(words) and (
            len(known) >= _MOST * len(words) or sum(known.values()) >= _MOST * words.total()
        )

    def _holds_addresses(self, name: str) -> bool:
        values = self.sheet.column(name)
        return _share(values, _ADDRESS.match) >= _FEWEST_NAMES

    def _states(self, name: str) -> float:
        """Return the share of a column's names, the commonest, that the reference tables know."""
        words = Counter(self._actors(name)).most_common(_ENOUGH_NAMES)
        found = {one: self.gazetteer.find(one) for one, _ in words}
        known = [n for one, n in words if found[one].is_certain or found[one].former]
        return sum(known) / max(sum(n for _, n in words), 1)

    def _formats(self, name: str) -> list[str]:
        """Return the forms in which nearly all values of a column are days."""
        values = self.sheet.column(name)
        return [
            form
            for form in (*_FORMATS, EXCEL)
            if _nearly_all([day_of(one, form) is not None for one in values])
        ]

    def _date_format(self, name: str) -> str:
        values, fitting = self.sheet.column(name), self._formats(name)
        if not fitting:
            raise UsageError(
                f"{self._name}: the days of the column {name!r} ({_first(values)}) are in "
                "no form that is recognised. Say which with --date-format, for instance %d.%m.%Y."
            )
        read_as = {tuple(day_of(one, form) for one in values): form for form in reversed(fitting)}
        if len(read_as) > 1:
            forms = sorted(read_as.values(), key=fitting.index)
            days = " or ".join(str(day_of(values[0], one)) for one in forms)
            raise UsageError(
                f"{self._name}: the days of the column {name!r} can be read in more than one way: "
                f"{_first(values)} as {days}. Say which: --date-format {' or '.join(forms)}."
            )
        return fitting[0]

    def _about(self, columns: Mapping[str, str], code: str | None, date_format: str) -> Proposal:
        written = {
            value: day_of(value, date_format) for value in self.sheet.column(columns["event_date"])
        }
        days = [day for day in written.values() if day and EARLIEST <= day <= clock.today()]
        odd = [value for value, day in written.items() if day not in days]
        if not days:
            raise UsageError(
                f"{self._name}: expected days from {EARLIEST} to today in the column "
                f"{columns['event_date']!r}, got {_first(odd)}. Say how they are written with "
                "--date-format, for instance %d.%m.%Y."
            )
        sides = [columns[one] for one in SIDES]
        words = Counter(word for name in sides for word in self._actors(name))
        found = {word: self.gazetteer.find(word) for word in words}
        sure = {word: one.actors[0].iso3 for word, one in found.items() if one.is_certain}
        former = {
            word: one.former.iso3
            for word, one in found.items()
            # As a refresh looks it up: by the name itself.
            if one.former and plain(word) in self.gazetteer.former
        }
        counted = sure | {word: iso3 for word, iso3 in former.items() if iso3}
        unknown = tuple(word for word in words if word not in sure and word not in former)
        for names, fewest in ((sides, _FEWEST_NAMES), (sides[:1], 0.0), (sides[1:], 0.0)):
            told = [word for name in names for word in self._actors(name)]
            n_known = sum(word not in unknown for word in told)
            if told and (not n_known or n_known < fewest * len(told)):
                raise UsageError(
                    f"{self._name}: {n_known} of {len(told)} names of actors in "
                    f"{' and '.join(map(repr, names))} are known. Say which columns "
                    f"hold the actors with --map actor1=COLUMN --map actor2=COLUMN.{self._doubt}"
                )
        return Proposal(
            columns=columns,
            cameo_code=code,
            date_format=date_format,
            words=sure,
            unknown=unknown,
            actors=_by_number(words, counted),
            pairs=self._pairs(columns, counted),
            days=(min(days), max(days)),
            odd_days=tuple(odd),
            former=tuple(former),
            n_without={one: n for one in _NEEDED if (n := self._n_without(columns[one]))},
        )

    def _n_without(self, name: str) -> int:
        return len(self.sheet.rows) - len(self.sheet.column(name))

    def _pairs(
        self, columns: Mapping[str, str], sure: Mapping[str, str]
    ) -> tuple[tuple[str, str], ...]:
        """Return the pairs of actors, those with most rows first."""
        places = [self.sheet.header.index(columns[side]) for side in ("actor1", "actor2")]
        counts: dict[tuple[str, str], int] = {}
        for row in self.sheet.rows:
            sides = [
                {sure[word] for word in _sides(row[place]) if word in sure}
                for place in places
                if place < len(row)
            ]
            for pair in {tuple(sorted(one)) for one in product(*sides) if len(set(one)) == 2}:
                counts[pair[0], pair[1]] = counts.get((pair[0], pair[1]), 0) + 1
        return tuple(sorted(counts, key=lambda pair: (-counts[pair], pair)))


def _by_number(words: Mapping[str, int], sure: Mapping[str, str]) -> tuple[str, ...]:
    counts: dict[str, int] = {}
    for word, iso3 in sure.items():
        counts[iso3] = counts.get(iso3, 0) + words[word]
    return tuple(sorted(counts, key=lambda iso3: (-counts[iso3], iso3)))


def _written(name: str) -> str:
    """Return the name of a column for comparison."""
    return plain(name.replace("_", " "))


def _sides(cell: str) -> list[str]:
    """Return the actors of one side, which stand in a cell with semicolons between them."""
    return [word for part in cell.split(";") if (word := part.strip())]


def _nearly_all(held: Sequence[bool]) -> bool:
    """Say whether nearly all values are what is asked; a line of totals spoils no short table."""
    return sum(held) >= _MOST * len(held) > 0 or (sum(held) > 1 and sum(held) == len(held) - 1)


def _share(values: Sequence[str], holds: Callable[[str], object]) -> float:
    return sum(bool(holds(value)) for value in values) / len(values) if values else 0.0


def _number(value: str) -> float:
    """Return a number, which may have a comma for its point; infinity for what is none."""
    try:
        number = float(value.replace(",", "."))
    except ValueError:
        return math.inf
    return number if math.isfinite(number) else math.inf


def _is_time(value: str, date_format: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return day_of(value, date_format) is not None
    return True


def day_of(value: str, form: str) -> date | None:
    """Return the day that a text says; None if it is not of the form."""
    if form == EXCEL:
        is_day = re.fullmatch(r"[1-9]\d{4}(\.\d+)?", value)
        return _EXCEL_DAY_0 + timedelta(days=int(float(value))) if is_day else None
    try:
        return datetime.strptime(value, form).date()
    except ValueError:
        return None


def _first(values: Sequence[str]) -> str:
    return repr(values[0]) if values else "none is filled in"
