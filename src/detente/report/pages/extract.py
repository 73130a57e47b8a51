"""The tables and results of some states, read for the bundle beside their report."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from detente.database.published import Published
from detente.database.sql_files import field_description, sql_files
from detente.report.model import SOURCE
from detente.report.pages.bundle import Column, Resource, document, table

_TYPES = {
    "BIGINT": "integer",
    "INTEGER": "integer",
    "HUGEINT": "integer",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "datetime",
}


def of_states(database: Published, states: Sequence[str], freqs: Sequence[str]) -> list[Resource]:
    """Return the indices, records and results of all pairs of some states.

    Parameters
    ----------
    states
        ISO 3166-1 alpha-3 codes: two for a dyad, three for a triad, more for an overview.
    freqs
        Lengths of period ('month', 'year') whose indices are wanted.

    Returns
    -------
    list of Resource
        `dyad_FREQ.csv` (every index by hand-kept and machine-coded source, all events, undirected
        and directed), `records.csv` (the hand-kept records as they bear on each pair) and
        `results.json` (rows of every table of `stats` about these states and no others).
    """
    marks = ", ".join("?" for _ in states)
    among = f"actor1_iso3 in ({marks}) and actor2_iso3 in ({marks})"
    twice = [*states, *states]
    resources = [
        _query(
            database,
            f"marts.dyad_{freq}",
            f"dyad_{freq}.csv",
            f"where counting = 'all' and {among} "
            "order by source, direction desc, actor1_iso3, actor2_iso3, period_start",
            twice,
        )
        for freq in freqs
    ]
    resources.append(
        _query(
            database,
            "marts.dyad_event",
            "records.csv",
            f"where source = '{SOURCE}' and {among} "
            "order by event_date, occurrence_id, actor1_iso3, actor2_iso3",
            twice,
        )
    )
    resources.append(
        document(
            "results.json",
            "Rows of stats.* about these states, by table; each carries its hypotheses, sample "
            "and settings, or the reason why the series cannot bear the test.",
            dict(results(database, states)),
        )
    )
    return resources


def _query(
    database: Published, name: str, path: str, condition: str, parameters: Sequence[str]
) -> Resource:
    columns = [
        Column(column, frictionless(sql_type), field_description(name, column))
        for column, sql_type, *_ in database.rows(f"describe {name}")
    ]
    meaning = next(file.description for file in sql_files() if file.table == name)
    rows = database.rows(f"select * from {name} {condition}", parameters)  # noqa: S608  # our own
    return table(path, meaning, columns, rows)


def frictionless(sql_type: str) -> str:
    """Return the Frictionless type of a column of the database."""
    if sql_type.endswith("[]"):
        return "array"
    if sql_type.startswith("MAP"):
        return "object"
    if sql_type.startswith("DECIMAL"):
        return "number"
    return _TYPES.get(sql_type, "string")


def results(
    database: Published, states: Sequence[str]
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Return the rows of each table of `stats` that are about these states and no others."""
    marks = ", ".join("?" for _ in states)
    # A row is about two states (its actors) or about three (its triad, written A-B-C).
    about = {
        "actor1_iso3": f"(actor1_iso3 in ({marks}) and actor2_iso3 in ({marks}))",
        "triad": f"len(list_filter(split(triad, '-'), lambda one: one not in ({marks}))) = 0",
    }
    for file in sql_files():
        if file.layer != "stats" or file.is_macro:
            continue
        columns = database.columns(file.table)
        found = [condition for column, condition in about.items() if column in columns]
        if not found:
            continue
        condition = " or ".join(found)
        parameters = list(states) * condition.count(marks)
        rows = database.dicts(
            f"select * from {file.table} where {condition} order by all",  # noqa: S608  # our own
            parameters,
        )
        if rows:
            yield file.table, [_parsed(row) for row in rows]


def questions(database: Published) -> Resource:
    """Return the study's questions with their answers."""
    return document(
        "questions.json",
        "The questions that the settings name, with the verdict of the tests on each.",
        database.dicts("select * from stats.hypothesis order by position"),
    )


def _parsed(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row whose settings are what their JSON says."""
    if isinstance(row.get("settings"), str):
        return {**row, "settings": json.loads(row["settings"])}
    return row
