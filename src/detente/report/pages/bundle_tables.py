"""The tables of a pair, or of the whole study, for the bundle beside its page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from detente.database.published import Published
from detente.database.sql_files import field_description, sql_files
from detente.report.model.events import Event
from detente.report.model.pairs import Pair, Study
from detente.report.model.results import Results
from detente.report.pages.bundle import Column, Resource, kind, table
from detente.report.pages.figures import Figure

_TYPES = {
    "BIGINT": "integer",
    "INTEGER": "integer",
    "HUGEINT": "integer",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "datetime",
}
_EVENT = (
    ("event", "name of the record, or of the event of a feed"),
    ("date", "day of the event"),
    ("actor1_iso3", ""),
    ("actor2_iso3", ""),
    ("who_acts", "1: the first state, 2: the second, 12: both; empty: the source does not say"),
    ("kind", "category, or root code of CAMEO"),
    ("points", "what it adds to the balance"),
    ("title", ""),
    ("source_name", ""),
    ("source_url", ""),
    ("file", "file it was loaded from"),
    ("row", "line of that file"),
)


def frictionless(sql_type: str) -> str:
    """Return the Frictionless type of a column of the database."""
    if sql_type.endswith("[]"):
        return "array"
    if sql_type.startswith("MAP"):
        return "object"
    if sql_type.startswith("DECIMAL"):
        return "number"
    return _TYPES.get(sql_type, "string")


def of_events(events: Sequence[Event]) -> Resource:
    """Return a table of the bundle: one row per event, with its points and its line of a file."""
    rows = [
        (
            one.id, one.day, *one.pair, one.who, one.kind, one.points, one.title, one.source_name,
            one.source_url, one.file, one.row,
        )
        for one in events
    ]  # fmt: skip
    columns = [
        Column(name, kind(row[place] for row in rows), meaning)
        for place, (name, meaning) in enumerate(_EVENT)
    ]
    return table("events.csv", "Events as they bear on the pair.", columns, rows)


def of_figures(figures: Sequence[Figure]) -> list[Resource]:
    """Return the data of charts, a table each."""
    return [
        table(
            f"charts/{one.name}.csv",
            f"{one.title}. {one.what}",
            [
                Column(name, kind(row[place] for row in one.rows))
                for place, name in enumerate(one.columns)
            ],
            one.rows,
        )
        for one in figures
    ]


def of_pair(pair: Pair, results: Results) -> list[Resource]:
    """Return what lies behind the pages of a pair, and needs no database any more.

    Returns
    -------
    list of Resource
        `events.csv` and the results of each family of tests.
    """
    return [of_events(pair.events), *_tests(results)]


def indices(database: Published, study: Study, pairs: Sequence[Pair], freq: str) -> Resource:
    """Return the indices of pairs by month or year."""
    name = f"marts.dyad_{freq}"
    columns = [
        Column(column, frictionless(sql_type), field_description(name, column))
        for column, sql_type, *_ in database.rows(f"describe {name}")
    ]
    meaning = next(file.description for file in sql_files() if file.table == name)
    rows = database.rows(
        f"select * from {name} "  # noqa: S608  # one of two names
        "where source = ? and counting = ? and least(actor1_iso3, actor2_iso3) || '-' || "
        "greatest(actor1_iso3, actor2_iso3) in (select unnest(?)) "
        "order by direction desc, actor1_iso3, actor2_iso3, period_start",
        [study.series.source, study.series.counting, [one.slug for one in pairs]],
    )
    return table(f"indices_{freq}.csv", meaning, columns, rows)


def _tests(results: Results) -> list[Resource]:
    found = []
    for name, rows in sorted(results.tables.items()):
        if not rows:
            continue
        # How a sentence is made is for reports in other languages.
        columns = [one for one in rows[0] if one != "parts"]
        values: list[tuple[Any, ...]] = [tuple(row[column] for column in columns) for row in rows]
        found.append(
            table(
                f"tests/{name}.csv",
                f"Rows of stats.{name} about this pair, with hypotheses, sample and settings.",
                [
                    Column(
                        column,
                        kind(row[place] for row in values),
                        field_description(f"stats.{name}", column),
                    )
                    for place, column in enumerate(columns)
                ],
                values,
            )
        )
    return found
