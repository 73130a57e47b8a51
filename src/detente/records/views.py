"""Which records fill the views `event`, `launch`, `meeting` and `measure` of the database.

The sidecar of a file of records says it in tables `[views.NAME]`: the categories whose records are
rows of the view, and which column of the file fills which column of the view. So the views know no
study, and a study without launches has a view of launches that is empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# What a file's own columns may fill, by view.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "event": ("kind", "stage"),
    "launch": ("missile_class", "missile_name", "n_missiles", "site", "outcome"),
    "meeting": ("format", "setting", "place", "participants", "occasion"),
    "measure": ("measure_name", "stage", "product", "legal_ref"),
}
# What the codes of a view's records mean, by the tables that list the codes.
MEANINGS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "measure": {"effect": ("imposed", "eased"), "status": ("announced", "in_force")},
}


@dataclass(frozen=True)
class RecordView:
    """How the records of one file fill one view.

    Attributes
    ----------
    name
        The view: a key of `COLUMNS`.
    categories
        The categories of the file whose records are rows of the view.
    columns
        The file's column by the view's column.
    effect, status
        What a measure does and how far it is, by the CAMEO code of the record.
    """

    name: str
    categories: tuple[str, ...]
    columns: Mapping[str, str]
    effect: Mapping[str, str] = field(default_factory=dict)
    status: Mapping[str, str] = field(default_factory=dict)


def read(
    content: Mapping[str, Any], categories: Sequence[str], columns: Sequence[str]
) -> tuple[RecordView, ...]:
    """Read the tables `[views.NAME]` of a sidecar.

    Parameters
    ----------
    content
        The sidecar.
    categories, columns
        The categories and the own columns of the file.

    Raises
    ------
    ValueError
        A table names a view, category or column that there is not; the message names the place.
    """
    given = content.get("views", {})
    if not isinstance(given, dict) or not all(isinstance(one, dict) for one in given.values()):
        raise ValueError("expected tables [views.NAME], one a view")
    _all_known("[views]", "a view", given, COLUMNS)
    return tuple(_view(name, table, categories, columns) for name, table in given.items())


def _view(
    name: str, table: Mapping[str, Any], categories: Sequence[str], columns: Sequence[str]
) -> RecordView:
    where = f"[views.{name}]"
    meanings = MEANINGS.get(name, {})
    _all_known(where, "a key", table, ("categories", "columns", *meanings))
    chosen = table.get("categories", list(categories))
    if not isinstance(chosen, list):
        raise ValueError(f"{where}: expected categories as a list, got {chosen!r}")
    _all_known(f"{where} categories", "a category of the file", chosen, categories)
    filled = table.get("columns", {})
    if not isinstance(filled, dict):
        raise ValueError(f"{where}: expected columns as a table, got {filled!r}")
    _all_known(f"{where} columns", "a column of the view", filled, COLUMNS[name])
    _all_known(f"{where} columns", "a column of the file", filled.values(), columns)
    return RecordView(
        name=name,
        categories=tuple(chosen),
        columns=dict(filled),
        **{
            meaning: _by_code(f"{where} {meaning}", table.get(meaning, {}), words)
            for meaning, words in meanings.items()
        },
    )


def _by_code(where: str, given: object, words: Sequence[str]) -> dict[str, str]:
    """Turn the codes listed under each word into the word of each code."""
    if not isinstance(given, dict):
        raise ValueError(f"{where}: expected lists of codes by {' or '.join(words)}, got {given!r}")
    _all_known(where, "a meaning", given, words)
    found: dict[str, str] = {}
    for word, codes in given.items():
        if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
            raise ValueError(
                f"{where}.{word}: expected a list of CAMEO codes as text; got {codes!r}"
            )
        double = [code for code in codes if code in found]
        if double:
            raise ValueError(f"{where}: code {double[0]!r} has two meanings")
        found.update(dict.fromkeys(codes, word))
    return found


def _all_known(where: str, what: str, given: Any, allowed: Any) -> None:
    unknown = [one for one in given if one not in allowed]
    if unknown:
        raise ValueError(
            f"{where}: expected {what} of {', '.join(allowed) or 'none'}; got {unknown[0]!r}"
        )
