"""Read hand-kept records: one CSV a category with a TOML sidecar that says what its columns mean.

Reading is a pure function of bytes. Every line of a file ends up as a record, a duplicate, out of
scope, or a rejection that keeps the line whole: nothing raises on a bad line, and no bad line takes
a good one with it. For that a record stands on one physical line; a quote that is left open spoils
its own line only.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from detente.base.visible import control_character, plain_text
from detente.records.sidecar import BOOLEANS, SHARED_COLUMNS, Column, Rule, Sidecar

ID_PATTERN = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")

# The columns that every file of records has; the sidecar describes the others.
COMMON_COLUMNS: Mapping[str, str] = {
    "record_id": "stable name of the record, unique over all files: lower-case words with hyphens",
    "event_date": "day of the event where it took place, YYYY-MM-DD (first day where it lasts)",
    "end_date": "last day of an event that lasts several days, else empty",
    "actor1": "who acts: ISO 3166-1 alpha-3 codes, several separated by ;",
    "actor2": "target: as actor1; empty only where a rule of the settings fills it",
    "cameo_code": "CAMEO code of what actor1 does to actor2, as text (010 is not 10)",
    "reverse_cameo_code": "CAMEO code of what actor2 does to actor1 in the same event, or empty",
    "category": "kind of event, one of the sidecar's categories",
    "title": "what happened, one line",
    "source_name": "who published the facts; without an address also what, and its date",
    "source_url": "where a reader can check them; empty where source_name names what and when",
}
_ID_EXAMPLE = "words like kor-visit-2023"
_MAY_BE_EMPTY = {"end_date", "reverse_cameo_code", "source_url"}
_YEAR = re.compile(r"\b(1[6-9]|20)\d\d\b")
_RULE_COLUMNS = {"actor2", "cameo_code"}


SHORT_MAX = 28


@dataclass(frozen=True)
class Record:
    """One accepted line. Several actors or targets stand for every ordered pair of them."""

    raw_row: int
    record_id: str
    event_date: date
    end_date: date | None
    actor1: tuple[str, ...]
    actor2: tuple[str, ...]
    cameo_code: str
    reverse_cameo_code: str | None
    category: str
    title: str
    source_name: str
    source_url: str
    rule: str | None
    attributes: Mapping[str, str]
    raw_text: str

    def content(self) -> tuple[Any, ...]:
        """Return all but the place in the file, to tell a repetition from a contradiction."""
        return (
            self.record_id, self.event_date, self.end_date, self.actor1, self.actor2,
            self.cameo_code, self.reverse_cameo_code, self.category, self.title,
            self.source_name, self.source_url, tuple(sorted(self.attributes.items())),
        )  # fmt: skip


@dataclass(frozen=True)
class Rejection:
    """A line that was refused, whole, with the reason.

    ``further`` holds what else is wrong with it: column, value and reason of each fault.
    """

    raw_row: int
    column: str | None
    value: str | None
    reason: str
    raw_text: str
    further: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class ParsedFile:
    """Where each line of one file went. ``n_rows`` is the sum of the four."""

    records: tuple[Record, ...]
    out_of_scope: tuple[Record, ...]
    duplicates: tuple[Record, ...]
    rejections: tuple[Rejection, ...]
    problem: str | None = None

    @property
    def n_rows(self) -> int:
        """Lines that hold anything, below the header."""
        return (
            len(self.records) + len(self.out_of_scope) + len(self.duplicates) + len(self.rejections)
        )


@dataclass(frozen=True)
class Vocabulary:
    """The codes that a record may use."""

    actors: frozenset[str]
    cameo: frozenset[str]


class _Bad(Exception):
    """A value that cannot be taken; caught in this module and kept as a rejection."""

    def __init__(self, column: str | None, value: str | None, reason: str) -> None:
        super().__init__(reason)
        self.column, self.value, self.reason = column, value, reason


def parse(
    content: bytes, sidecar: Sidecar, vocabulary: Vocabulary, study_start: date
) -> ParsedFile:
    """Turn the bytes of a CSV into records and rejections.

    Parameters
    ----------
    content
        The file as it lies on disk: UTF-8, with or without BOM, any line ends.
    sidecar
        Its description, with the rule for what the file leaves open.
    vocabulary
        The actors and codes of the reference tables.
    study_start
        Earlier records are out of scope.
    """
    lines = list(_physical_lines(content))
    header_row, header, problem = _header(lines, sidecar)
    rejections: list[Rejection] = []
    records: list[Record] = []
    outside: list[Record] = []
    for row, raw in lines:
        if row <= header_row:
            continue
        values: dict[str, str] = {}
        try:
            if problem:
                raise _Bad(None, None, problem)
            values = _split(raw, header)
            if not any(values.values()):
                continue
            record = _record(row, values, sidecar, vocabulary, _text(raw))
        except _Bad as bad:
            further = tuple(
                (one.column or "", one.value or "", one.reason)
                for one in _faults(values, sidecar, vocabulary)
                if bad.column not in (None, one.column)
            )
            rejections.append(
                Rejection(row, bad.column, bad.value, bad.reason, _text(raw), further)
            )
            continue
        (records if record.event_date >= study_start else outside).append(record)
    return ParsedFile(tuple(records), tuple(outside), (), tuple(rejections), problem)


def deduplicate(files: Iterable[ParsedFile]) -> list[ParsedFile]:
    """Keep the first of records that repeat each other; reject an id that is used for two things.

    Files are taken in the order given, lines in the order of the file.
    """
    first: dict[str, Record] = {}
    return [_deduplicate_one(file, first) for file in files]


def _deduplicate_one(file: ParsedFile, first: dict[str, Record]) -> ParsedFile:
    records, duplicates, rejections = [], list(file.duplicates), list(file.rejections)
    for record in file.records:
        other = first.setdefault(record.record_id, record)
        if other is record:
            records.append(record)
        elif other.content() == record.content():
            duplicates.append(record)
        else:
            reason = (
                f"expected a record_id that no other record has; `{other.title}` "
                f"(line {other.raw_row} of its file) has it too: give one of them another id"
            )
            rejections.append(
                Rejection(record.raw_row, "record_id", record.record_id, reason, record.raw_text)
            )
    return replace(
        file,
        records=tuple(records),
        duplicates=tuple(duplicates),
        rejections=tuple(sorted(rejections, key=lambda rejection: rejection.raw_row)),
    )


# -- lines ---------------------------------------------------------------------------------------


def _physical_lines(content: bytes) -> Iterable[tuple[int, bytes]]:
    """Yield each line that holds anything with its number from 1, whatever ends the lines."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    for number, line in enumerate(content.splitlines(), start=1):
        if line.strip(b" \t,"):
            yield number, line


def _text(raw: bytes) -> str:
    """Keep any bytes as text that can be stored and read back by eye."""
    return raw.decode("utf-8", errors="backslashreplace").replace("\x00", "\\x00")


def _decode(raw: bytes) -> str:
    if b"\x00" in raw:
        raise _Bad(None, None, "expected text, got a NUL byte: save the file as CSV in UTF-8")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _Bad(
            None,
            None,
            f"expected UTF-8 text, byte {error.start + 1} of the line is not: save as UTF-8",
        ) from None


def _cells(raw: bytes) -> list[str]:
    try:
        return next(csv.reader([_decode(raw)], strict=True))
    except csv.Error as error:
        raise _Bad(
            None,
            None,
            f"not a CSV line ({error}): a record stands on one line, a field that holds a comma or "
            'a quote is quoted, and a quote inside is doubled ("")',
        ) from None


def _header(lines: list[tuple[int, bytes]], sidecar: Sidecar) -> tuple[int, list[str], str | None]:
    """Return the header's line, its columns, and what is wrong with it, if anything is."""
    if not lines:
        return 0, [], "the file is empty: expected a header line"
    row, raw = lines[0]
    try:
        header = [cell.strip() for cell in _cells(raw)]
    except _Bad as bad:
        return row, [], f"the header (line {row}) cannot be read: {bad.reason}"
    columns = sidecar.all_columns
    known = [*COMMON_COLUMNS, *columns]
    optional = {name for name, column in columns.items() if not column.required}
    missing = [name for name in known if name not in header and name not in optional]
    unknown = [name for name in header if name not in known]
    double = sorted({name for name in header if header.count(name) > 1})
    faults = [
        f"{word} {', '.join(repr(name) for name in names)}"
        for word, names in (("lacks", missing), ("has unknown", unknown), ("repeats", double))
        if names
    ]
    if faults:
        return (
            row,
            header,
            f"the header (line {row}) {'; '.join(faults)}. Expected: {','.join(known)}",
        )
    return row, header, None


def _split(raw: bytes, header: list[str]) -> dict[str, str]:
    cells = _cells(raw)
    if len(cells) != len(header):
        raise _Bad(
            None,
            None,
            f"expected {len(header)} fields, got {len(cells)}: a field with a comma is quoted",
        )
    return {name: cell.strip() for name, cell in zip(header, cells, strict=True)}


# -- values --------------------------------------------------------------------------------------


def _demand_text(values: Mapping[str, str]) -> None:
    """Refuse control characters: a terminal obeys them, and no report can draw them."""
    for name, value in values.items():
        place = control_character(value)
        if place is not None:
            raise _Bad(
                name,
                plain_text(value),
                f"expected text without control characters, got U+{ord(value[place - 1]):04X} as "
                f"character {place} of the field",
            )


def _record(
    row: int,
    values: Mapping[str, str],
    sidecar: Sidecar,
    vocabulary: Vocabulary,
    raw_text: str,
) -> Record:
    _demand_text(values)
    rule = sidecar.rule
    if empty := _empty(values, sidecar):
        raise _Bad(empty[0], "", _EMPTY)
    attributes = {
        name: _attribute(name, column, values.get(name, ""))
        for name, column in sidecar.all_columns.items()
    }
    event_date = _day("event_date", values["event_date"])
    end_date = _day("end_date", values["end_date"]) if values["end_date"] else None
    if end_date and end_date < event_date:
        raise _Bad("end_date", values["end_date"], f"expected a day not before {event_date}")
    if event_date > sidecar.checked:
        raise _Bad(
            "event_date",
            values["event_date"],
            f"expected a day not after {sidecar.checked}, on which the file was last checked",
        )
    actor1 = _actors("actor1", values["actor1"], vocabulary)
    actor2 = _targets(values["actor2"], attributes, rule, vocabulary)
    code = values["cameo_code"] or (rule.cameo_code if rule else "")
    if set(actor1) == set(actor2) and len(actor1) == 1:
        raise _Bad("actor2", values["actor2"], "expected another actor than actor1")
    reverse = values["reverse_cameo_code"]
    if reverse and set(actor1) & set(actor2):
        raise _Bad(
            "reverse_cameo_code",
            reverse,
            "expected an empty field where actor1 and actor2 share an actor: pairs go both ways",
        )
    category = _choice("category", values["category"], sidecar.categories)
    for start in sidecar.starts:
        if event_date < start.first_day and start.is_about(category, attributes):
            raise _Bad(
                "event_date",
                values["event_date"],
                f"expected a day not before {start.first_day}, from which on the sidecar says that "
                "such records are kept ([[starts]]): correct the day, or the sidecar",
            )
    return Record(
        raw_row=row,
        record_id=_matching("record_id", values["record_id"], ID_PATTERN, _ID_EXAMPLE),
        event_date=event_date,
        end_date=end_date,
        actor1=actor1,
        actor2=actor2,
        cameo_code=_code("cameo_code", code, vocabulary),
        reverse_cameo_code=_code("reverse_cameo_code", reverse, vocabulary) if reverse else None,
        category=category,
        title=values["title"],
        source_name=values["source_name"],
        source_url=_source(values["source_name"], values["source_url"]),
        rule=rule.name if rule and not values["actor2"] else None,
        attributes={name: value for name, value in attributes.items() if value},
        raw_text=raw_text,
    )


_EMPTY = "expected a value, got an empty field"


def _empty(values: Mapping[str, str], sidecar: Sidecar) -> list[str]:
    """Return the columns that lack a value."""
    optional = _MAY_BE_EMPTY | (_RULE_COLUMNS if sidecar.rule is not None else set())
    return [name for name in COMMON_COLUMNS if not values[name] and name not in optional]


def _faults(values: Mapping[str, str], sidecar: Sidecar, vocabulary: Vocabulary) -> Iterable[_Bad]:
    """Yield what is wrong with each column by itself; nothing where the line could not be split."""
    if not values:
        return
    yield from (_Bad(name, "", _EMPTY) for name in _empty(values, sidecar))
    tests: dict[str, Callable[[str], object]] = {
        "record_id": partial(_matching, "record_id", pattern=ID_PATTERN, example=_ID_EXAMPLE),
        **{name: partial(_day, name) for name in ("event_date", "end_date")},
        **{name: partial(_actors, name, vocabulary=vocabulary) for name in ("actor1", "actor2")},
        **{
            name: partial(_code, name, vocabulary=vocabulary)
            for name in ("cameo_code", "reverse_cameo_code")
        },
        "category": partial(_choice, "category", allowed=sidecar.categories),
        "source_name": lambda name: _source(name, values["source_url"]),
        **{name: partial(_attribute, name, column) for name, column in sidecar.all_columns.items()},
    }
    for name, test in tests.items():
        value = values.get(name, "")
        if value or name in sidecar.all_columns:
            try:
                test(value)
            except _Bad as bad:
                yield bad


def _matching(column: str, value: str, pattern: re.Pattern[str], example: str) -> str:
    if not pattern.match(value):
        raise _Bad(column, value, f"expected {example}")
    return value


def _day(column: str, value: str) -> date:
    try:
        if len(value) != 10:
            raise ValueError
        return date.fromisoformat(value)
    except ValueError:
        raise _Bad(column, value, "expected a day of the calendar as YYYY-MM-DD") from None


def _actors(column: str, value: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    actors = tuple(sorted(part.strip() for part in value.split(";")))
    if len(set(actors)) < len(actors):
        raise _Bad(column, value, "expected each actor once")
    for actor in actors:
        if actor not in vocabulary.actors:
            raise _Bad(
                column,
                value,
                f"expected ISO 3166-1 alpha-3 codes of core.actor joined by ;, {actor!r} is none",
            )
    return actors


def _code(column: str, value: str, vocabulary: Vocabulary) -> str:
    if value not in vocabulary.cameo:
        hint = (
            f": did you mean 0{value}? A spreadsheet drops leading zeros"
            if (f"0{value}" in vocabulary.cameo)
            else ""
        )
        raise _Bad(column, value, f"expected a CAMEO code of core.cameo{hint}")
    return value


def _choice(column: str, value: str, allowed: Iterable[str]) -> str:
    if value not in allowed:
        raise _Bad(column, value, f"expected one of {', '.join(allowed)}")
    return value


def _url(column: str, value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc or re.search(r"[\s\"<>]", value):
        raise _Bad(
            column,
            value,
            "expected a URL that starts with https:// or http:// and holds no space, quote or <>",
        )
    return value


def _source(name: str, url: str) -> str:
    """Return the address, or nothing where the name says which dated publication it is."""
    if url:
        return _url("source_url", url)
    if not _YEAR.search(name):
        raise _Bad(
            "source_url",
            "",
            "expected a URL, or a source_name that says which publication it is and of what date, "
            "such as `Ministry of Foreign Affairs of Japan, press release on the summit, "
            f"16 March 2023`; source_name is {name!r}",
        )
    return ""


def _whole_number(column: str, value: str) -> str:
    if not re.fullmatch(r"\d{1,9}", value):
        raise _Bad(column, value, "expected a whole number, not negative")
    return value


_TYPES: Mapping[str, Callable[[str, Column, str], str]] = {
    "text": lambda name, column, value: value,
    "choice": lambda name, column, value: _choice(name, value, column.values),
    "integer": lambda name, column, value: _whole_number(name, value),
    "boolean": lambda name, column, value: _choice(name, value.lower(), BOOLEANS),
    "date": lambda name, column, value: _day(name, value).isoformat(),
}


def _attribute(name: str, column: Column, value: str) -> str:
    if not value:
        if column.required:
            raise _Bad(name, "", _EMPTY)
        return ""
    if column is SHARED_COLUMNS.get("short") and len(value) > SHORT_MAX:
        raise _Bad("short", value, f"expected at most {SHORT_MAX} characters, got {len(value)}")
    return _TYPES[column.type](name, column, value)


def _targets(
    value: str, attributes: Mapping[str, str], rule: Rule | None, vocabulary: Vocabulary
) -> tuple[str, ...]:
    """Return upon whom a record acts: as it says, or where it says nothing by the file's rule."""
    if value or rule is None:
        return _actors("actor2", value, vocabulary)
    states = rule.states(attributes)
    if not states:
        column, by_value = next(iter(rule.targets.items()))
        raise _Bad(
            column,
            attributes.get(column, ""),
            f"expected a value that [rule.targets.{column}] names ({', '.join(by_value)}), or "
            "actor2 in the record itself",
        )
    return _actors("actor2", ";".join(states), vocabulary)
