"""Read hand-kept records: one CSV a category with a TOML sidecar that says what its columns mean.

Reading is a pure function of bytes. Every line of a file ends up as a record, a duplicate, out of
scope, or a rejection that keeps the line whole: nothing raises on a bad line, and no bad line takes
a good one with it. For that a record stands on one physical line; a quote that is left open spoils
its own line only.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from detente.base.errors import RawFileError
from detente.base.visible import control_character, plain_text
from detente.records import views
from detente.records.views import RecordView
from detente.settings import MissileRule, Settings

ID_PATTERN = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")

# The columns that every file of records has; the sidecar describes the others.
COMMON_COLUMNS: Mapping[str, str] = {
    "record_id": "stable name of the record, unique over all files: lower-case words with hyphens",
    "event_date": "day of the event where it took place, YYYY-MM-DD (first day where it lasts)",
    "end_date": "last day of an event that lasts several days, else empty",
    "actor1": "who acts: ISO 3166-1 alpha-3 codes, several separated by ;",
    "actor2": "upon whom: as actor1; empty only where a rule of the settings fills it",
    "cameo_code": "CAMEO code of what actor1 does to actor2, as text (010 is not 10)",
    "reverse_cameo_code": "CAMEO code of what actor2 does to actor1 in the same event, or empty",
    "category": "kind of event, one of the sidecar's categories",
    "title": "what happened, one line",
    "source_name": "who published the facts; without an address also what, and its date",
    "source_url": "where a reader can check them; empty where source_name names what and when",
}
MISSILE_RULE = "missile_launch"
_ID_EXAMPLE = "words like kor-visit-2023"
_MAY_BE_EMPTY = {"end_date", "reverse_cameo_code", "source_url"}
_YEAR = re.compile(r"\b(1[6-9]|20)\d\d\b")
_RULE_COLUMNS = {"actor2", "cameo_code"}


@dataclass(frozen=True)
class Column:
    """A column of a category as its sidecar describes it."""

    name: str
    type: str
    required: bool
    description: str
    values: Mapping[str, str] = field(default_factory=dict)


# Columns that any file of records may have, without a word in its sidecar.
SHARED_COLUMNS: Mapping[str, Column] = {
    column.name: column
    for column in (
        Column(
            "source_kind",
            "choice",
            False,
            "how near the source stands to the act",
            {
                "primary": "published by a state or international body: announcement, text, notice",
                "press": "report of a news agency, a newspaper or a broadcaster",
                "reference": "later account: database, chronology, research report, encyclopaedia",
            },
        ),
        Column(
            "occurrence_id",
            "text",
            False,
            "the same words in each record of one meeting, announcement or measure; else empty",
        ),
        Column(
            "carries_out",
            "text",
            False,
            "record_id of the announcement that this record puts into force; several joined by ;",
        ),
        Column(
            "restores",
            "text",
            False,
            "record_id of what this record takes back in whole or in part; several joined by ;",
        ),
        Column(
            "is_multilateral",
            "boolean",
            False,
            "true for an agreement that many states sign, some of them outside the study",
        ),
        Column("coder", "text", False, "who coded the record"),
        Column("short", "text", False, "label for charts, at most 28 characters"),
    )
}
SHORT_MAX = 28


@dataclass(frozen=True)
class Start:
    """A kind of record that a file holds only from some day on.

    Attributes
    ----------
    category
        One of the file's categories.
    attributes
        Values of the file's own columns that the kind has; empty for the whole category.
    first_day
        From which day on such records are kept; there is none before.
    why
        What the reader should know of the time before, in a sentence.
    """

    category: str
    attributes: Mapping[str, str]
    first_day: date
    why: str

    def is_about(self, category: str, attributes: Mapping[str, str]) -> bool:
        """Say whether a record is of the kind."""
        return category == self.category and self.attributes.items() <= attributes.items()


@dataclass(frozen=True)
class Sidecar:
    """Provenance of one file of records and the meaning of its own columns."""

    title: str
    label: str
    covers: str
    leaves_out: str
    producer: str
    licence: str
    checked: date
    covers_from: date
    covers_to: date
    rule: str | None
    categories: Mapping[str, str]
    columns: Mapping[str, Column]
    starts: tuple[Start, ...] = ()
    views: tuple[RecordView, ...] = ()


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


def read_sidecar(path: Path) -> Sidecar:
    """Read the description of a file of records.

    Raises
    ------
    RawFileError
        The sidecar is missing or lacks a key; the message names it.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RawFileError(
            f"{path.name} is missing: each file of records needs a sidecar that says what it "
            "covers and what its columns mean (docs/data.md, Files of records)."
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RawFileError(f"{path.name}: expected a readable TOML file: {error}") from error
    try:
        columns = {
            name: Column(
                name=name,
                type=_known_type(spec["type"]),
                required=bool(spec.get("required", False)),
                description=spec["description"],
                values=spec.get("values", {}),
            )
            for name, spec in content.get("columns", {}).items()
        }
        return Sidecar(
            title=content["title"],
            label=content.get("label", content["title"]),
            covers=content["covers"],
            leaves_out=content["leaves_out"],
            producer=content["producer"],
            licence=content["licence"],
            checked=content["checked"],
            covers_from=content["covers_from"],
            covers_to=content["covers_to"],
            rule=_known_rule(content.get("rule"), columns),
            categories=content["categories"],
            columns={**SHARED_COLUMNS, **columns},
            starts=_starts(content, columns),
            views=views.read(content, tuple(content["categories"]), tuple(columns)),
        )
    except KeyError as error:
        raise RawFileError(f"{path.name}: the key {error} is missing.") from error
    except (ValueError, AttributeError, TypeError) as error:
        raise RawFileError(f"{path.name}: {error}") from error


def parse(
    content: bytes, sidecar: Sidecar, vocabulary: Vocabulary, settings: Settings
) -> ParsedFile:
    """Turn the bytes of a CSV into records and rejections.

    Parameters
    ----------
    content
        The file as it lies on disk: UTF-8, with or without BOM, any line ends.
    sidecar
        Its description, see `read_sidecar`.
    vocabulary
        The actors and codes of the reference tables.
    settings
        Gives the start of the study and the rules for what a file leaves open.
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
            record = _record(
                row, values, sidecar, vocabulary, settings.records.missile_launch, _text(raw)
            )
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
        (records if record.event_date >= settings.study.start else outside).append(record)
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
    known = [*COMMON_COLUMNS, *sidecar.columns]
    optional = {name for name, column in sidecar.columns.items() if not column.required}
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
    rule: MissileRule,
    raw_text: str,
) -> Record:
    _demand_text(values)
    ruled = sidecar.rule is not None
    if empty := _empty(values, sidecar):
        raise _Bad(empty[0], "", _EMPTY)
    attributes = {
        name: _attribute(column, values.get(name, "")) for name, column in sidecar.columns.items()
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
    if ruled and not values["actor2"]:
        actor2, code = _missile_targets(attributes, rule), values["cameo_code"] or rule.cameo_code
    else:
        actor2 = _actors("actor2", values["actor2"], vocabulary)
        code = values["cameo_code"] or rule.cameo_code
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
        rule=sidecar.rule if ruled and not values["actor2"] else None,
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
        **{name: partial(_attribute, column) for name, column in sidecar.columns.items()},
    }
    for name, test in tests.items():
        value = values.get(name, "")
        if value or name in sidecar.columns:
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
    if parts.scheme not in ("http", "https") or not parts.netloc or re.search(r"\s", value):
        raise _Bad(column, value, "expected a URL that starts with https:// or http://")
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


_TYPES: Mapping[str, Callable[[Column, str], str]] = {
    "text": lambda column, value: value,
    "choice": lambda column, value: _choice(column.name, value, column.values),
    "integer": lambda column, value: _whole_number(column.name, value),
    "boolean": lambda column, value: _choice(column.name, value, ("true", "false")),
    "date": lambda column, value: _day(column.name, value).isoformat(),
}


def _known_type(name: str) -> str:
    if name not in _TYPES:
        raise ValueError(f"expected a column type of {', '.join(_TYPES)}, got {name!r}")
    return name


def _known_rule(name: str | None, columns: Mapping[str, Column]) -> str | None:
    if name is not None and (name != MISSILE_RULE or "missile_class" not in columns):
        raise ValueError(
            f"expected rule = {MISSILE_RULE!r} in a file with a column missile_class, got {name!r}"
        )
    return name


_START_KEYS = ("category", "attributes", "first_day", "why")


def _starts(content: Mapping[str, Any], columns: Mapping[str, Column]) -> tuple[Start, ...]:
    """Read the tables `[[starts]]`; what is wrong is told with its place."""
    given = content.get("starts", [])
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise ValueError("expected tables [[starts]], one a kind of record, in double brackets")
    return tuple(
        _start(one, f"[[starts]] number {place}", content, columns)
        for place, one in enumerate(given, start=1)
    )


def _start(
    given: Mapping[str, Any],
    where: str,
    content: Mapping[str, Any],
    columns: Mapping[str, Column],
) -> Start:
    unknown = sorted(given.keys() - set(_START_KEYS))
    missing = [name for name in ("category", "first_day", "why") if name not in given]
    if unknown or missing:
        wrong = [f"unknown {name!r}" for name in unknown] + [f"no {name!r}" for name in missing]
        raise ValueError(f"{where}: expected {', '.join(_START_KEYS)}; got {', '.join(wrong)}")
    category, first_day = given["category"], given["first_day"]
    if category not in content["categories"]:
        raise ValueError(
            f"{where}: expected a category of {', '.join(content['categories'])}; got {category!r}"
        )
    attributes = given.get("attributes", {})
    for name, value in attributes.items():
        if name not in columns:
            raise ValueError(
                f"{where}: expected attributes among the file's columns "
                f"({', '.join(columns) or 'it has none'}); got {name!r}"
            )
        allowed = columns[name].values
        if not isinstance(value, str) or (allowed and value not in allowed):
            raise ValueError(
                f"{where}: expected {name} of {', '.join(allowed) or 'some text'}; got {value!r}"
            )
    first, last = content["covers_from"], content["covers_to"]
    # A datetime is a date as well, and would not compare with one.
    if type(first_day) is not date or not first < first_day <= last:
        raise ValueError(
            f"{where}: expected a first_day after {first} and not after {last}, which the file "
            f"covers; got {first_day!r}"
        )
    if not isinstance(given["why"], str) or not given["why"].strip():
        raise ValueError(f"{where}: expected a why in words; got {given['why']!r}")
    return Start(category, dict(attributes), first_day, " ".join(given["why"].split()))


def _attribute(column: Column, value: str) -> str:
    if not value:
        if column.required:
            raise _Bad(column.name, "", _EMPTY)
        return ""
    if column is SHARED_COLUMNS.get("short") and len(value) > SHORT_MAX:
        raise _Bad("short", value, f"expected at most {SHORT_MAX} characters, got {len(value)}")
    return _TYPES[column.type](column, value)


def _missile_targets(attributes: Mapping[str, str], rule: MissileRule) -> tuple[str, ...]:
    """Targets of a launch: by class, by the territory it flew over, by the waters it fell into."""
    missile_class = attributes["missile_class"]
    if missile_class not in rule.targets:
        raise _Bad(
            "missile_class",
            missile_class,
            "expected a class that records.missile_launch.targets in detente.toml names: "
            + ", ".join(rule.targets),
        )
    targets = set(rule.targets[missile_class])
    if attributes.get("overflew_japan") == "true":
        targets |= set(rule.overflew_japan)
    if attributes.get("landed_in_japan_eez") == "true":
        targets |= set(rule.landed_in_japan_eez)
    return tuple(sorted(targets))
