"""Where in the file a wrong key or value stands, and what is allowed there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from detente.base.redaction import redacted


def explain(path: Path, text: str, item: Any, model: type[BaseModel], hidden: set[str]) -> str:
    """Put one error of pydantic into words, with the line of the file and what is allowed.

    Parameters
    ----------
    model
        What the whole file was validated against.
    hidden
        Fields of it that are no keys of the file.
    """
    location = tuple(part for part in item["loc"] if isinstance(part, str) and part != "[key]")
    message = item["msg"].removeprefix("Value error, ")
    # What holds between sections names its key itself.
    named = re.match(r"([a-z_]+(?:\.[a-z_]+)+): ", message)
    if not location and named:
        location, message = tuple(named[1].split(".")), message[named.end() :]
    key = ".".join(location) or "the file"
    line = line_of(text, location)
    if item["type"] == "extra_forbidden":
        allowed = ", ".join(sorted(_allowed_keys(model, location[:-1]) - hidden))
        return f"{path}:{line}: unknown key `{key}`. Allowed here: {allowed}."
    # A whole section is no help; its message says what is wrong with it.
    is_whole = item["type"] == "missing" or isinstance(item["input"], Mapping)
    came = "" if is_whole else f"; got {redacted(repr(item['input']))}"
    return f"{path}:{line}: `{key}`: {message}{came}."


def _allowed_keys(model: Any, location: tuple[str, ...]) -> set[str]:
    for part in location:
        if part not in getattr(model, "model_fields", {}):
            continue  # the user's own name of a table of tables
        annotation = model.model_fields[part].annotation
        if get_origin(annotation) is dict:
            key, value = get_args(annotation)
            if not hasattr(value, "model_fields"):
                return {str(choice) for choice in get_args(key)}
            annotation = value
        model = annotation
    return {field.alias or name for name, field in model.model_fields.items()}


def line_of(text: str, location: tuple[str, ...]) -> int:
    """Line on which the deepest written part of a dotted key stands; 1 where none is written."""
    best = 1
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[\[?\s*([^\]]+?)\s*\]", line)
        if header:
            table = tuple(part.strip().strip("\"'") for part in header[1].split("."))
            if table == location[: len(table)]:
                best = number
            if table[: len(location)] == location:  # the table itself, or one inside it
                return number
            continue
        assignment = re.match(r"\s*([\w.\"'-]+)\s*=", line)
        if assignment:
            parts = tuple(part.strip("\"' ") for part in assignment[1].split("."))
            full = (*table, *parts)
            if full == location:
                return number
            if full == location[: len(full)]:
                best = number
    return best
