"""Read hand-kept records: one CSV a category with a TOML sidecar that says what its columns mean.

Reading is a pure function of bytes. Every line of a file ends up as a record, a duplicate, out of
scope, or a rejection that keeps the line whole: nothing raises on a bad line, and no bad line takes
a good one with it. For that a record stands on one physical line; a quote that is left open spoils
its own line only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import partial

from detente.records import fields, lines
from detente.records.record import (
    COMMON_COLUMNS,
    BadValue,
    ParsedFile,
    Record,
    Rejection,
    Vocabulary,
)
from detente.records.sidecar import Sidecar

ID_PATTERN = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")

_ID_EXAMPLE = "words like kor-visit-2023"
_MAY_BE_EMPTY = {"end_date", "reverse_cameo_code", "source_url"}
_RULE_COLUMNS = {"actor2", "cameo_code"}


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
    found = list(lines.physical_lines(content))
    header_row, header, problem = lines.header_of(found, sidecar)
    rejections: list[Rejection] = []
    records: list[Record] = []
    outside: list[Record] = []
    for row, raw in found:
        if row <= header_row:
            continue
        values: dict[str, str] = {}
        try:
            if problem:
                raise BadValue(None, None, problem)
            values = lines.fields_of(raw, header)
            if not any(values.values()):
                continue
            record = _record(row, values, sidecar, vocabulary, lines.text_of(raw))
        except BadValue as bad:
            further = tuple(
                (one.column or "", one.value or "", one.reason)
                for one in _faults(values, sidecar, vocabulary)
                if bad.column not in (None, one.column)
            )
            rejections.append(
                Rejection(row, bad.column, bad.value, bad.reason, lines.text_of(raw), further)
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


def _record(
    row: int,
    values: Mapping[str, str],
    sidecar: Sidecar,
    vocabulary: Vocabulary,
    raw_text: str,
) -> Record:
    fields.demand_text(values)
    rule = sidecar.rule
    if empty := _empty(values, sidecar):
        raise BadValue(empty[0], "", fields.EMPTY)
    attributes = {
        name: fields.attribute(name, column, values.get(name, ""))
        for name, column in sidecar.all_columns.items()
    }
    event_date = fields.day("event_date", values["event_date"])
    end_date = fields.day("end_date", values["end_date"]) if values["end_date"] else None
    if end_date and end_date < event_date:
        raise BadValue("end_date", values["end_date"], f"expected a day not before {event_date}")
    if event_date > sidecar.checked:
        raise BadValue(
            "event_date",
            values["event_date"],
            f"expected a day not after {sidecar.checked}, on which the file was last checked",
        )
    actor1 = fields.actors("actor1", values["actor1"], vocabulary)
    actor2 = fields.targets(values["actor2"], attributes, rule, vocabulary)
    code = values["cameo_code"] or (rule.cameo_code if rule else "")
    if set(actor1) == set(actor2) and len(actor1) == 1:
        raise BadValue("actor2", values["actor2"], "expected another actor than actor1")
    reverse = values["reverse_cameo_code"]
    if reverse and set(actor1) & set(actor2):
        raise BadValue(
            "reverse_cameo_code",
            reverse,
            "expected an empty field where actor1 and actor2 share an actor: pairs go both ways",
        )
    category = fields.category(values["category"], sidecar.categories)
    for start in sidecar.starts:
        if event_date < start.first_day and start.is_about(category, attributes):
            raise BadValue(
                "event_date",
                values["event_date"],
                f"expected a day not before {start.first_day}, from which on the sidecar says that "
                "such records are kept ([[starts]]): correct the day, or the sidecar",
            )
    return Record(
        raw_row=row,
        record_id=fields.matching("record_id", values["record_id"], ID_PATTERN, _ID_EXAMPLE),
        event_date=event_date,
        end_date=end_date,
        actor1=actor1,
        actor2=actor2,
        cameo_code=fields.code("cameo_code", code, vocabulary),
        reverse_cameo_code=fields.code("reverse_cameo_code", reverse, vocabulary)
        if reverse
        else None,
        category=category,
        title=values["title"],
        source_name=values["source_name"],
        source_url=fields.source(values["source_name"], values["source_url"]),
        rule=rule.name if rule and not values["actor2"] else None,
        attributes={name: value for name, value in attributes.items() if value},
        raw_text=raw_text,
    )


def _empty(values: Mapping[str, str], sidecar: Sidecar) -> list[str]:
    """Return the columns that lack a value."""
    optional = _MAY_BE_EMPTY | (_RULE_COLUMNS if sidecar.rule is not None else set())
    return [name for name in COMMON_COLUMNS if not values[name] and name not in optional]


def _faults(
    values: Mapping[str, str], sidecar: Sidecar, vocabulary: Vocabulary
) -> Iterable[BadValue]:
    """Yield what is wrong with each column by itself; nothing where the line could not be split."""
    if not values:
        return
    yield from (BadValue(name, "", fields.EMPTY) for name in _empty(values, sidecar))
    tests: dict[str, Callable[[str], object]] = {
        "record_id": partial(fields.matching, "record_id", pattern=ID_PATTERN, example=_ID_EXAMPLE),
        **{name: partial(fields.day, name) for name in ("event_date", "end_date")},
        **{
            name: partial(fields.actors, name, vocabulary=vocabulary)
            for name in ("actor1", "actor2")
        },
        **{
            name: partial(fields.code, name, vocabulary=vocabulary)
            for name in ("cameo_code", "reverse_cameo_code")
        },
        "category": partial(fields.category, allowed=sidecar.categories),
        "source_name": lambda name: fields.source(name, values["source_url"]),
        **{
            name: partial(fields.attribute, name, column)
            for name, column in sidecar.all_columns.items()
        },
    }
    for name, test in tests.items():
        value = values.get(name, "")
        if value or name in sidecar.all_columns:
            try:
                test(value)
            except BadValue as bad:
                yield bad
