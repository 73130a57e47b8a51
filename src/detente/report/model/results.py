"""Rows of `stats` about one pair, as they stand: whatever columns a table has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from detente.database.published import Published
from detente.report.model.reported import MEASURED, SERIES, Reported

Row = Mapping[str, Any]


@dataclass(frozen=True)
class _Read:
    """How the rows of a table are chosen: by columns of the series, by a condition, in an order."""

    order: str
    columns: tuple[str, ...] = MEASURED
    condition: str = "true"


_TABLES: Mapping[str, _Read] = {
    "step_or_drift": _Read("all", SERIES),
    "level_change": _Read("first_month", SERIES),
    "break_test": _Read("test"),
    "break_point": _Read("last_before"),
    "robustness": _Read("position"),
    "granger": _Read("acts, actor1_iso3"),
    "common_climate": _Read("sign, actor1_iso3"),
    "impulse_response": _Read(
        "impulse, response, horizon",
        condition="response_kind = 'generalised' and response_value is not null",
    ),
    # One p-value a question: the placebo dates stand in the table.
    "event_effect": _Read("event_kind", condition="method = 'event study'"),
    "extreme_year": _Read("scale, period_start", SERIES, "not is_refused"),
    "diagnostic": _Read("test", (*SERIES, "measure")),
    "level": _Read("kind, period_start", SERIES),
    "outlook": _Read("target, horizon", SERIES),
    "outlook_score": _Read("target, horizon, crps", SERIES),
}
# Columns of words, beside the sentence, that a page shows.
_NAMED = ("test", "null_hypothesis", "refusal", "variant_words")
# Of all dyads together.
_PANEL = "event_panel"
# Adds how the sentence of a row is made (`parts`), for other languages.
WORDS = "left join stats.wording using (sentence)"


@dataclass(frozen=True)
class Results:
    """The rows of each table, by its name; a table that the database lacks has none.

    Attributes
    ----------
    wording
        How the names of tests, the refusals and the variants in these rows are made, by their text
        (`stats.wording`).
    """

    tables: Mapping[str, tuple[Row, ...]]
    wording: Mapping[str, str] = field(default_factory=dict)

    def of(self, table: str) -> tuple[Row, ...]:
        """Return the rows of a table."""
        return self.tables.get(table, ())


def results(database: Published, series: Reported, pair: tuple[str, str]) -> Results:
    """Return what `stats` holds about one pair of the reported series."""
    there = {
        name
        for (name,) in database.rows(
            "select table_name from duckdb_tables() where schema_name = 'stats'"
        )
    }
    with_sentence = {
        name
        for (name,) in database.rows(
            "select table_name from duckdb_columns() "
            "where schema_name = 'stats' and column_name = 'sentence'"
        )
    }
    found = {}
    for name, read in _TABLES.items():
        if name not in there:
            continue
        words = WORDS if name in with_sentence else ""
        own, parameters = series.matching(read.columns)
        found[name] = tuple(
            database.dicts(
                f"select * from stats.{name} {words} "  # noqa: S608  # names of this module
                f"where {own} and least(actor1_iso3, actor2_iso3) = ? "
                f"and greatest(actor1_iso3, actor2_iso3) = ? and {read.condition} "
                f"order by {read.order}",
                [*parameters, *pair],
            )
        )
    if _PANEL in there:
        own, parameters = series.matching(MEASURED)
        found[_PANEL] = tuple(
            database.dicts(
                f"select * from stats.{_PANEL} {WORDS} "  # noqa: S608  # a name of this module
                f"where {own} order by event_kind",
                parameters,
            )
        )
    texts = {
        str(row[name])
        for rows in found.values()
        for row in rows
        for name in _NAMED
        if row.get(name) is not None
    }
    wording = database.rows(
        "select sentence, parts from stats.wording where sentence in (select unnest(?::varchar[]))",
        [sorted(texts)],
    )
    return Results(found, dict(wording))
