"""The contract of the curated layer, the views of schema `main`: sql/curated.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from detente.database.sql_files import SqlFile, contract, sql_files

SCHEMA = "main"


@dataclass(frozen=True)
class View:
    """A view or table of the curated layer.

    Attributes
    ----------
    key
        Columns that tell rows apart; empty where rows have no key.
    example
        A query to start from, with places for `{dyad}`, `{state1}`, `{state2}`, `{source}` and
        `{year}`.
    columns
        What columns mean where the view says more than the layer does.
    facets
        Columns by which a browser of the data offers to choose.
    """

    name: str
    description: str
    key: tuple[str, ...]
    example: str
    columns: Mapping[str, str]
    facets: tuple[str, ...]


def files() -> tuple[SqlFile, ...]:
    """Return the files of the layer's views and tables, macros left out."""
    return tuple(file for file in sql_files() if file.layer == SCHEMA and not file.is_macro)


def views() -> tuple[View, ...]:
    """Return the layer's views in the order in which a reader should meet them."""
    described = {file.name: file.description for file in files()}
    return tuple(
        View(
            name=name,
            description=described[name],
            key=tuple(given.get("key", ())),
            example=given["example"].strip(),
            columns=given.get("columns", {}),
            facets=tuple(given.get("facets", ())),
        )
        for name, given in contract()["view"].items()
    )


def indicators() -> list[tuple[str, ...]]:
    """Return the rows of main.indicator."""
    names = ("unit", "range", "may_be_summed", "zero_means", "null_means")
    return [(name, *(row[one] for one in names)) for name, row in contract()["indicator"].items()]


def described() -> set[str]:
    """Return the columns that the contract describes."""
    return set(contract()["columns"])


# What stands for the places of an example where a page shows it.
_SHOWN = {"dyad": "JPN-KOR", "state1": "JPN", "state2": "KOR", "source": "records", "year": "2023"}


def shown(example: str) -> str:
    """Return an example as the documentation shows it: with a dyad of the shipped study."""
    return example.format(**_SHOWN)
