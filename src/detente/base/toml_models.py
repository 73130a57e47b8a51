"""TOML files checked against pydantic models: each mistake with its line and what was meant.

The settings, the sidecars of records, the descriptions of scales and the case studies are such
files. Their models refuse unknown keys; what is wrong is collected and told all at once.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, Strict, ValidationError

from detente.base.errors import DetenteError
from detente.base.redaction import redacted

# Part of a key of the file: the name in a table, or the place in a list.
Location = tuple[str | int, ...]

Text = Annotated[str, Field(min_length=1, pattern=r"\S")]
# A day written as TOML has it, 2023-03-16; neither text nor a time.
Day = Annotated[date, Strict()]
# true or false, without quotes.
Flag = Annotated[bool, Strict()]

# What pydantic calls an error, in the words of the file.
_MESSAGES: Mapping[str, str] = {
    "bool_type": "expected true or false, without quotes",
    **dict.fromkeys(
        ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
        "expected a day such as 2023-03-16, without quotes",
    ),
    "dict_type": "expected a table",
    "model_type": "expected a table",
    "string_type": "expected text in quotes",
    "tuple_type": "expected a list",
}
_BEGINNINGS = (
    (re.compile("^Value error, "), ""),
    (re.compile("^Input should be (?=greater|less)"), "expected a value "),
    (re.compile("^Input should be "), "expected "),
)


class Declared(BaseModel):
    """A table of a file; an unknown key is refused, and nothing changes after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Misplaced(ValueError):
    """What a validator found wrong, and under which key below the one that it looks at."""

    def __init__(self, location: Location, message: str) -> None:
        super().__init__(message)
        self.location = location


Model = TypeVar("Model", bound=BaseModel)


def read(path: Path, error: type[DetenteError], shown: str) -> tuple[str, dict[str, Any]]:
    """Read a TOML file: its text, and what it says.

    Parameters
    ----------
    error
        Raised where the file cannot be read or is no TOML.
    shown
        How messages call the file.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as problem:
        raise error(f"{shown}: cannot be read ({problem.strerror}).") from problem
    except UnicodeDecodeError as problem:
        raise error(f"{shown}: expected UTF-8 text; byte {problem.start} is not.") from problem
    try:
        return text, tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        raise error(f"{shown}: not valid TOML: {problem}") from problem


def validated(
    model: type[Model],
    content: Mapping[str, Any],
    text: str,
    *,
    error: type[DetenteError],
    shown: str,
    hidden: frozenset[str] = frozenset(),
    context: Mapping[str, Any] | None = None,
    called: Callable[[Location], str] = lambda location: "",
) -> Model:
    """Check what a file says against its model.

    Parameters
    ----------
    model
        What the whole file must be.
    content, text
        What the file says, and how it is written, which gives the lines.
    error
        Raised with every mistake at once, a line each: file, line, key, what is wrong.
    shown
        How messages call the file.
    hidden
        Fields of the model that are no keys of the file.
    context
        For the validators of the model.
    called
        What to say of a place beside its line, for instance the name of the entry of a list.
    """
    lines = Lines(text)
    mistakes = [
        f"{shown}:{lines.of((key,))}: unknown key `{key}`."
        for key in sorted(hidden & content.keys())
    ]
    if mistakes:
        raise error("\n".join(mistakes))
    try:
        return model.model_validate(dict(content), context=context)
    except ValidationError as problem:
        problems = []
        items = problem.errors()
        places = [item["loc"] for item in items]
        for item in items:
            # Where a part is wrong, what the whole lacks for it is no mistake of its own.
            if any(len(one) > len(item["loc"]) and one[: len(item["loc"])] == item["loc"]
                   for one in places):  # fmt: skip
                continue
            location, message = _explained(item, model, hidden)
            problems.append(f"{shown}:{lines.of(location)}: {called(location)}{message}")
        raise error("\n".join(dict.fromkeys(problems))) from problem


def _explained(item: Any, model: type[BaseModel], hidden: frozenset[str]) -> tuple[Location, str]:
    """Put one error of pydantic into words; where it stands, and what it says."""
    cause = item.get("ctx", {}).get("error")
    inner = cause.location if isinstance(cause, Misplaced) else ()
    location: Location = tuple(part for part in item["loc"] if part != "[key]") + inner
    key = ".".join(part for part in location if isinstance(part, str)) or "the file"
    if item["type"] == "extra_forbidden":
        allowed = sorted(_allowed_keys(model, location[:-1]) - hidden)
        near = difflib.get_close_matches(str(location[-1]), allowed, n=1)
        meant = f" Did you mean `{near[0]}`?" if near else ""
        return location, f"unknown key `{key}`.{meant} Allowed here: {', '.join(allowed)}."
    if item["type"] == "missing":
        return location, f"`{key}` is required."
    message = _MESSAGES.get(item["type"]) or in_words(item["msg"])
    # A whole section is no help; its message says what is wrong with it.
    is_whole = inner or isinstance(item["input"], Mapping)
    came = "" if is_whole else f"; got {redacted(_as_written(item['input']))}"
    return location, f"`{key}`: {message}{came}."


def in_words(message: str) -> str:
    """Say what was expected, where pydantic says what the input should be."""
    for beginning, words in _BEGINNINGS:
        message = beginning.sub(words, message)
    return message


def _as_written(value: object) -> str:
    """Show a value as a TOML file has it, short enough for a message."""
    if isinstance(value, bool):
        return str(value).lower()
    shown = value.isoformat() if isinstance(value, date) else repr(value)
    return shown if len(shown) <= 120 else shown[:119] + "…"


def _allowed_keys(model: Any, location: Location) -> set[str]:
    """Return the keys of the table at a location of a model."""
    for part in location:
        model = _below(model, part)
    fields = getattr(model, "model_fields", None)
    if fields is not None:
        return {field.alias or name for name, field in fields.items()}
    key = next(iter(get_args(model)), None) if get_origin(model) is dict else None
    return {str(choice) for choice in get_args(key)}


def _below(model: Any, part: str | int) -> Any:
    """Return what a model has below a key, or in a list."""
    fields = getattr(model, "model_fields", None)
    if fields is not None:
        named = {field.alias or name: field.annotation for name, field in fields.items()}
        model = named.get(str(part))
    else:
        model = next((one for one in reversed(get_args(model)) if one is not ...), None)
    return _without_none(model)


def _without_none(annotation: Any) -> Any:
    """Return X of `X | None`, and the class behind an `Annotated` one."""
    if get_origin(annotation) in (tuple, list, dict, None):
        return annotation
    inner = [one for one in get_args(annotation) if one is not type(None)]
    return inner[0] if inner else annotation


class Lines:
    """On which line of a TOML file a key stands.

    The file is read again line by line, as far as it is whole so far: a key stands where the
    statement begins after which it is there. So what TOML allows needs no second grammar here.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._read: list[tuple[int, dict[str, Any]]] | None = None

    def of(self, location: Location) -> int:
        """Return the line of the deepest written part of a key; 1 where none is written."""
        if self._read is None:
            self._read = list(self._statements())
        if not self._read:
            return 1
        whole = self._read[-1][1]
        while location and not _is_in(whole, location):
            location = location[:-1]
        return next((line for line, content in self._read if _is_in(content, location)), 1)

    def _statements(self) -> Any:
        """Yield the first line of each statement, and what the file says up to its end."""
        lines = self._text.splitlines()
        first = None
        for number, line in enumerate(lines, start=1):
            if first is None:
                if not line.strip() or line.lstrip().startswith("#"):
                    continue
                first = number
            try:
                content = tomllib.loads("\n".join(lines[:number]))
            except tomllib.TOMLDecodeError:
                continue
            yield first, content
            first = None


def _is_in(content: Any, location: Location) -> bool:
    for part in location:
        if (isinstance(content, dict) and part in content) or (
            isinstance(content, list) and isinstance(part, int) and part < len(content)
        ):
            content = content[part]  # type: ignore[index]  # a place of a list, a key of a table
        else:
            return False
    return True
