"""The value of one field of a record.

Each function returns the value as it is meant, or raises a `BadValue` that says what was expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from urllib.parse import urlsplit

from detente.base.control_characters import control_character, plain_text
from detente.records.record import BadValue, Vocabulary
from detente.records.sidecar import BOOLEANS, SHARED_COLUMNS, Column, Rule

EMPTY = "expected a value, got an empty field"
_YEAR = re.compile(r"\b(1[6-9]|20)\d\d\b")
SHORT_MAX = 28


def demand_text(values: Mapping[str, str]) -> None:
    """Refuse control characters: a terminal obeys them, and no report can draw them."""
    for name, value in values.items():
        place = control_character(value)
        if place is not None:
            raise BadValue(
                name,
                plain_text(value),
                f"expected text without control characters, got U+{ord(value[place - 1]):04X} as "
                f"character {place} of the field",
            )


def matching(column: str, value: str, pattern: re.Pattern[str], example: str) -> str:
    """Return a value that is written by a pattern."""
    if not pattern.match(value):
        raise BadValue(column, value, f"expected {example}")
    return value


def day(column: str, value: str) -> date:
    """Return a day written YYYY-MM-DD."""
    try:
        if len(value) != 10:
            raise ValueError
        return date.fromisoformat(value)
    except ValueError:
        is_serial = len(value) == 5 and value.isdecimal()
        hint = ": a spreadsheet's number of a day; format the column as text" if is_serial else ""
        raise BadValue(
            column, value, f"expected a day of the calendar as YYYY-MM-DD{hint}"
        ) from None


def actors(column: str, value: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return the codes of several actors, each once, in order."""
    actors = tuple(sorted(part.strip() for part in value.split(";")))
    if len(set(actors)) < len(actors):
        raise BadValue(column, value, "expected each actor once")
    for actor in actors:
        if actor not in vocabulary.actors:
            which = f", got {actor!r}" if actor != value else ""
            raise BadValue(
                column,
                value,
                "expected ISO 3166-1 alpha-3 codes of core.actor joined by ;"
                + which
                + _meant(actor, vocabulary),
            )
    return actors


def _meant(actor: str, vocabulary: Vocabulary) -> str:
    codes = [part.strip().upper() for part in actor.replace("/", ",").split(",")]
    if actor and vocabulary.actors.issuperset(codes):
        return f": did you mean {';'.join(codes)}?"
    return ""


def code(column: str, value: str, vocabulary: Vocabulary) -> str:
    """Return a code if `core.cameo` has it; leading zeros count."""
    if value not in vocabulary.cameo:
        hint = (
            f": did you mean 0{value}? A spreadsheet drops leading zeros"
            if f"0{value}" in vocabulary.cameo
            else ": `detente code` finds one by words"
        )
        raise BadValue(column, value, f"expected a CAMEO code of core.cameo{hint}")
    return value


def choice(column: str, value: str, allowed: Iterable[str]) -> str:
    """Return one of the values that a column may have."""
    if value not in allowed:
        raise BadValue(column, value, f"expected one of {', '.join(allowed)}")
    return value


def category(value: str, allowed: Iterable[str]) -> str:
    """Return one of the categories that the file's sidecar names."""
    if value not in allowed:
        raise BadValue(
            "category",
            value,
            f"expected one of {', '.join(allowed)}; `categories` of the sidecar takes a new one",
        )
    return value


def _url(column: str, value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc or re.search(r"[\s\"<>]", value):
        raise BadValue(
            column,
            value,
            "expected a URL that starts with https:// or http:// and holds no space, quote or <>",
        )
    return value


def source(name: str, url: str) -> str:
    """Return the address, or nothing where the name says which dated publication it is."""
    if url:
        return _url("source_url", url)
    if not _YEAR.search(name):
        raise BadValue(
            "source_url",
            "",
            "expected a URL, or a source_name that says which publication it is and of what date, "
            "such as `Ministry of Foreign Affairs of Japan, press release on the summit, "
            f"16 March 2023`; source_name is {name!r}",
        )
    return ""


def _whole_number(column: str, value: str) -> str:
    if not re.fullmatch(r"\d{1,9}", value):
        raise BadValue(column, value, "expected a whole number, not negative")
    return value


_TYPES: Mapping[str, Callable[[str, Column, str], str]] = {
    "text": lambda name, column, value: value,
    "choice": lambda name, column, value: choice(name, value, column.values),
    "integer": lambda name, column, value: _whole_number(name, value),
    "boolean": lambda name, column, value: choice(name, value.lower(), BOOLEANS),
    "date": lambda name, column, value: day(name, value).isoformat(),
}


def attribute(name: str, column: Column, value: str) -> str:
    """Return the value of a column that the sidecar describes."""
    if not value:
        if column.required:
            raise BadValue(name, "", EMPTY)
        return ""
    if column is SHARED_COLUMNS.get("short") and len(value) > SHORT_MAX:
        raise BadValue("short", value, f"expected at most {SHORT_MAX} characters, got {len(value)}")
    return _TYPES[column.type](name, column, value)


def targets(
    value: str, attributes: Mapping[str, str], rule: Rule | None, vocabulary: Vocabulary
) -> tuple[str, ...]:
    """Return the targets of a record: those it names, else those of the file's rule."""
    if value or rule is None:
        return actors("actor2", value, vocabulary)
    states = rule.states(attributes)
    if not states:
        column, by_value = next(iter(rule.targets.items()))
        raise BadValue(
            column,
            attributes.get(column, ""),
            f"expected a value that [rule.targets.{column}] names ({', '.join(by_value)}), or "
            "actor2 in the record itself",
        )
    return actors("actor2", ";".join(states), vocabulary)
