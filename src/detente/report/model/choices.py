"""What was chosen: every setting in use, and the choices of each family of tests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from detente.database.published import Published
from detente.database.sql_files import sql_files
from detente.settings import Settings

_USER = re.compile(r"//[^/@\s]*@")


@dataclass(frozen=True)
class Setting:
    """One value of the settings, by its dotted key."""

    key: str
    value: str


@dataclass(frozen=True)
class Choice:
    """The choices of one family of tests, from the rows that it left.

    Attributes
    ----------
    table, meaning
        The table of results, and what is in it.
    n_results, n_refused
        Rows, and those that are a refusal.
    same
        Settings with one value in every row that has them.
    varying
        Names of the settings that differ from row to row.
    """

    table: str
    meaning: str
    n_results: int
    n_refused: int
    same: tuple[Setting, ...]
    varying: tuple[str, ...]


def settings_in_use(settings: Settings) -> Iterator[Setting]:
    """Return every setting that bears on a number, by its dotted key.

    Paths, limits of queries and sources that are switched off bear on none.
    """
    content = settings.model_dump(mode="json", exclude={"paths", "query"})
    sources = content.pop("sources")
    content["sources"] = {
        name: section
        for name, section in sources.items()
        if name != "downloads" and settings.sources.is_enabled(name)
    } | {name: one for name, one in sources["csv"].items() if one["enabled"]}
    yield from flat(content)


def flat(content: Mapping[str, Any], prefix: str = "") -> Iterator[Setting]:
    """Return nested settings one by one; a list of plain values is one."""
    for key, value in content.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from flat(value, f"{name}.")
        elif isinstance(value, (list, tuple)) and any(isinstance(one, Mapping) for one in value):
            for number, one in enumerate(value, start=1):
                yield from flat(one, f"{name}[{number}].")
        elif value is not None and value not in ("", [], ()):
            yield Setting(name, plain(value))


def plain(value: Any) -> str:
    """Write a value of the settings: lists with commas, pairs with hyphens."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(
            "-".join(map(str, one)) if isinstance(one, (list, tuple)) else plain(one)
            for one in value
        )
    if isinstance(value, float):
        return f"{value:g}"
    # A user name or password in an address is nobody's business here.
    return _USER.sub("//", str(value))


def of_tests(database: Published) -> Iterator[Choice]:
    """Return the choices of each table of results that records them."""
    for file in sql_files():
        if file.layer != "stats" or "settings" not in (columns := database.columns(file.table)):
            continue
        refused = "count(refusal)" if "refusal" in columns else "0"
        n_results, n_refused = database.rows(
            f"select count(*), {refused} from {file.table}"  # noqa: S608  # our own names
        )[0]
        rows = database.rows(
            f"select distinct settings from {file.table} "  # noqa: S608  # our own names
            "where settings is not null order by settings"
        )
        if n_results:
            same, varying = shared([json.loads(text) for (text,) in rows])
            yield Choice(file.table, file.description, n_results, n_refused, same, varying)


def shared(rows: list[dict[str, Any]]) -> tuple[tuple[Setting, ...], tuple[str, ...]]:
    """Split settings into those with one value wherever they apply and the names of the others."""
    held: dict[str, list[Any]] = {}
    for row in rows:
        for name, value in row.items():
            if value not in held.setdefault(name, []):
                held[name].append(value)
    same = tuple(
        Setting(name, json.dumps(value) if isinstance(value, Mapping) else plain(value))
        for name, (value, *others) in sorted(held.items())
        if not others and value is not None
    )
    return same, tuple(sorted(name for name, values in held.items() if len(values) > 1))
