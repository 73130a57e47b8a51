"""Sentences of results: English text that remembers which entry of the catalogue it fills, and how.

The words stand in `reports/lang/en.toml`, section `[result]`, as those of the reports do, so that a
report can say a result in any language that has the same entries. Nothing reads a sentence: what a
result decides stands in its fields.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from detente.base import assets
from detente.base.errors import DetenteError

SECTION = "result"
# How languages of the catalogue join the last two items of a list, and those before.
AND, COMMA = "list_and", "list_comma"

# Text, or how it is made: see `Phrase.parts`.
Parts = Any


class Phrase(str):
    """A text in English that can be said in another language.

    Attributes
    ----------
    parts
        How it is made, as JSON has it: ``{"key": ..., "with": {...}}`` (an entry and its values),
        ``{"join": [...], "by": " "}``, ``{"list": [...]}`` (a, b and c), ``{"upper": ...}`` or
        ``{"lower": ...}`` (with such a first letter). Parts may be texts or made likewise.
    """

    parts: Parts

    def __new__(cls, text: str, parts: Parts) -> Phrase:
        """Make a text that knows its parts."""
        made = super().__new__(cls, text)
        made.parts = parts
        return made

    def __reduce__(self) -> tuple[type[Phrase], tuple[str, Parts]]:
        """Let a phrase go to another process."""
        return Phrase, (str(self), self.parts)

    def as_json(self) -> str:
        """Return the parts as text that does not depend on their order."""
        return json.dumps(self.parts, sort_keys=True, ensure_ascii=False)


@cache
def english() -> Mapping[str, str]:
    """Return the English entries by key, such as ``breaks.point``."""
    content = tomllib.loads((assets.languages() / "en.toml").read_text(encoding="utf-8"))
    return dict(flat(content[SECTION]))


def flat(content: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the texts of nested tables by dotted key."""
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def say(key: str, **values: str | int) -> Phrase:
    """Fill an entry of the catalogue.

    Parameters
    ----------
    key
        Of the section `[result]`, for instance ``"breaks.point"``.
    values
        By name; numbers are formatted already.

    Raises
    ------
    DetenteError
        There is no such entry, or it asks for a value that was not given.
    """
    return _made({"key": key, "with": {name: parts_of(value) for name, value in values.items()}})


def join(phrases: Iterable[str], by: str = " ") -> Phrase:
    """Put texts one after another; empty ones are left out."""
    return _made({"join": [parts_of(one) for one in phrases if one], "by": by})


def listed(phrases: Sequence[str]) -> str:
    """Name several things: ``a``, ``a and b``, ``a, b and c``."""
    if len(phrases) == 1:
        return phrases[0]
    return _made({"list": [parts_of(one) for one in phrases]})


def upper(phrase: str) -> Phrase:
    """Begin with a capital letter."""
    return _made({"upper": parts_of(phrase)})


def lower(phrase: str) -> Phrase:
    """Begin with a small letter."""
    return _made({"lower": parts_of(phrase)})


def text_of(value: object) -> str:
    """Return a name as text; a phrase stays one."""
    return value if isinstance(value, str) else str(value)


def parts_of(value: str | int) -> Parts:
    """Return how a text is made; a plain one stands for itself."""
    return value.parts if isinstance(value, Phrase) else str(value)


def _made(parts: Parts) -> Phrase:
    return Phrase(render(parts, english(), {AND: " and ", COMMA: ", "}), parts)


def render(parts: Parts, texts: Mapping[str, str], lists: Mapping[str, str]) -> str:
    """Say what parts make.

    Parameters
    ----------
    parts
        See `Phrase`.
    texts
        The entries of a language; an entry that it lacks is said in English.
    lists
        How it joins lists: `AND` and `COMMA`.
    """
    if not isinstance(parts, Mapping):
        return str(parts)
    if "key" in parts:
        return _filled(parts, texts, lists)
    if "join" in parts:
        return str(parts["by"]).join(render(one, texts, lists) for one in parts["join"])
    if "list" in parts:
        said = [render(one, texts, lists) for one in parts["list"]]
        return lists[AND].join(filter(None, (lists[COMMA].join(said[:-1]), *said[-1:])))
    way = "upper" if "upper" in parts else "lower"
    said_once = render(parts[way], texts, lists)
    first = said_once[:1].upper() if way == "upper" else said_once[:1].lower()
    return f"{first}{said_once[1:]}"


def keys(parts: Parts) -> Iterator[str]:
    """Yield the entries that parts need."""
    if isinstance(parts, Mapping):
        if "key" in parts:
            yield parts["key"]
        for one in parts["with"].values() if "key" in parts else parts.values():
            yield from keys(one)
    elif isinstance(parts, list):
        for one in parts:
            yield from keys(one)


def _filled(parts: Mapping[str, Any], texts: Mapping[str, str], lists: Mapping[str, str]) -> str:
    key = parts["key"]
    values = {name: render(one, texts, lists) for name, one in parts["with"].items()}
    try:
        return (texts.get(key) or english()[key]).format(**values)
    except (KeyError, IndexError) as error:
        raise DetenteError(
            f"reports/lang: the text `{SECTION}.{key}` lacks {error}. Every language has the keys "
            "of reports/lang/en.toml, with the same values in braces."
        ) from error
