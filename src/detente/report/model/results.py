"""Rows of `stats` about one pair, as they stand: whatever columns a table has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from detente.database.published import Published
from detente.report.model.reported import Reported

Row = Mapping[str, Any]

# Table, what restricts it to the main series, and its order.
_TABLES = {
    "step_or_drift": ("", "all"),
    "level_change": ("", "first_month"),
    "break_test": ("freq = $freq and measure = $measure", "test"),
    "break_point": ("freq = $freq and measure = $measure", "last_before"),
    "robustness": ("freq = $freq and measure = $measure", "position"),
    "granger": ("freq = $freq and measure = $measure", "acts, actor1_iso3"),
    "common_climate": ("freq = $freq and measure = $measure", "sign, actor1_iso3"),
    "impulse_response": (
        "freq = $freq and measure = $measure and response_kind = 'generalised' "
        "and response_value is not null",
        "impulse, response, horizon",
    ),
    # One p-value a question: the placebo dates stand in the table.
    "event_effect": (
        "freq = $freq and measure = $measure and method = 'event study'",
        "event_kind",
    ),
    "extreme_year": ("not is_refused", "scale, period_start"),
    "diagnostic": ("measure = $measure", "test"),
    "level": ("", "kind, period_start"),
    "outlook": ("", "target, horizon"),
    "outlook_score": ("", "target, horizon, crps"),
}
# Adds how the sentence of a row is made (`parts`), for other languages.
WORDS = "left join stats.wording using (sentence)"


@dataclass(frozen=True)
class Results:
    """The rows of each table, by its name; a table that the database lacks has none."""

    tables: Mapping[str, tuple[Row, ...]]

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
    told = {
        name
        for (name,) in database.rows(
            "select table_name from duckdb_columns() "
            "where schema_name = 'stats' and column_name = 'sentence'"
        )
    }
    found = {}
    for name, (condition, order) in _TABLES.items():
        if name not in there:
            continue
        more = f"and {condition}" if condition else ""
        parameters = []
        for part in ("freq", "measure"):
            if f"${part}" in more:
                more = more.replace(f"${part}", "?")
                parameters.append(getattr(series, part))
        words = WORDS if name in told else ""
        found[name] = tuple(
            database.dicts(
                f"select * from stats.{name} {words} "  # noqa: S608  # names of this module
                "where source = ? and counting = ? and least(actor1_iso3, actor2_iso3) = ? "
                f"and greatest(actor1_iso3, actor2_iso3) = ? {more} order by {order}",
                [series.source, series.counting, *pair, *parameters],
            )
        )
    return Results(found)
