"""Rows of `stats.*` as the inference writes them, few and known, for a small study."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from tests.support.studies import NO_INFERENCE, study_table

HOSTILE = "<script>alert(1)</script> #strong[x] $x^2$ \u202eright to left\u202c"
TOML = (
    study_table("2019-01-01", "JPN", "KOR", "PRK")
    + NO_INFERENCE
    + """\
triads = [["JPN", "KOR", "PRK"]]
[report]
paper = "letter"
"""
)

KEY = ("records", "all", "JPN", "KOR", "month", "net")
KEY_COLUMNS = ("source", "counting", "actor1_iso3", "actor2_iso3", "freq", "measure")
# As the tables are described; created where this version of the statistics has none yet.
TABLES = {
    "stats.event_path": "event_kind varchar, method varchar, horizon integer, effect double, "
    "effect_lo double, effect_hi double",
}


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    if table in TABLES:
        keys = ", ".join(f"{name} varchar" for name in KEY_COLUMNS)
        con.execute(
            f"create table if not exists {table} ({keys}, {TABLES[table]}, n_obs bigint, "
            "span varchar, settings varchar, refusal varchar, warnings varchar[], sentence varchar)"
        )
    for row in rows:
        full = {
            **dict(zip(KEY_COLUMNS, KEY, strict=True)),
            "warnings": [],
            "test_id": table.removeprefix("stats."),
            "outcome": "estimated",
            "is_disputed": False,
            "is_refused": False,
            "sentence": "A sentence.",
            **row,
        }
        names = ", ".join(full)
        marks = ", ".join("?" for _ in full)
        con.execute(f"insert into {table} ({names}) values ({marks})", list(full.values()))


def fill(database: Path) -> None:
    """Write rows as the inference does, for JPN-KOR and the triad."""
    con = duckdb.connect(str(database))
    _insert(
        con,
        "stats.event_path",
        [
            {
                "event_kind": HOSTILE, "method": "event study", "horizon": n,
                "effect": float(n > 0), "effect_lo": float(n > 0) - 1, "effect_hi": 2.0,
            }
            for n in range(-6, 7)
        ],
    )  # fmt: skip
    _insert(
        con,
        "stats.impulse_response",
        [
            {
                "response_kind": "generalised", "impulse": "JPN>KOR", "response": "KOR>JPN",
                "horizon": n, "response_value": 1.0 / (1 + n), "response_lo": -0.2,
                "response_hi": 1.5 / (1 + n),
            }
            for n in range(13)
        ],
    )  # fmt: skip
    con.execute(
        "insert into stats.triad (source, counting, freq, measure, test_id, outcome, is_disputed, "
        "is_refused, triad, direction, predicted, predictors, test, p_value, p_adjusted, warnings, "
        "sentence) values "
        "('records', 'all', 'month', 'net', 'granger', 'rejected', false, false, 'JPN-KOR-PRK', "
        "'undirected', 'JPN-KOR', 'KOR-PRK', 'F', 0.001, 0.004, [], 'It helps.'), "
        "('records', 'all', 'month', 'net', 'granger', 'rejected', true, false, 'JPN-KOR-PRK', "
        "'undirected', 'KOR-PRK', 'JPN-KOR', 'F', 0.002, 0.005, ['a warning'], 'Disputed.'), "
        "('records', 'all', 'month', 'net', 'granger', 'not rejected', true, false, 'JPN-KOR-PRK', "
        f"'undirected', 'JPN-PRK', 'JPN-KOR', 'F', 0.5, 0.6, ['a warning'], '{HOSTILE}')"
    )
    con.close()
