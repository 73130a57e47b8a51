"""The data dictionary: every table, column, macro, check and query, read from a database.

`python -m detente.database.dictionary` prints docs/data.md from the published database.
"""

from __future__ import annotations

import sys

from detente import settings
from detente.database import checks, queries
from detente.database.published import Published
from detente.database.reader import Readable

_LAYERS = {
    "meta": "What the database was built from and how.",
    "core": "Events, records and reference tables.",
    "marts": "Sums and indices.",
    "stats": "What statistics find in them.",
    "main": "Macros: call them by name, in any query.",
}
_TABLES = """
select schema_name, table_name, 'table' as kind, comment, []::varchar[] as parameters
from duckdb_tables()
where not internal and database_name = current_database()
union all
select schema_name, view_name, 'view', comment, []
from duckdb_views()
where not internal and database_name = current_database()
union all
select schema_name, function_name, 'macro', comment, parameters
from duckdb_functions()
where not internal and function_type = 'table_macro' and database_name = current_database()
order by schema_name, table_name
"""
_COLUMNS = """
select column_name, data_type, comment
from duckdb_columns()
where database_name = current_database() and schema_name = ? and table_name = ?
order by column_index
"""


def render(database: Readable) -> str:
    """Return the data dictionary of a database as Markdown.

    Parameters
    ----------
    database
        A published database, or one under construction whose comments are written.
    """
    tables = database.rows(_TABLES)
    lines = [
        "# Data",
        "",
        "Every table and column of `data/processed/detente.duckdb`. The descriptions are the",
        "comments in the database itself; `python -m detente.database.dictionary` writes this page",
        "from them. Formulas and assumptions stand in [methods.md](methods.md).",
    ]
    for layer, meaning in _LAYERS.items():
        own = [table for table in tables if table[0] == layer]
        if not own:
            continue
        lines += ["", f"## {layer}", "", meaning]
        for _, name, kind, comment, parameters in own:
            lines += ["", f"### {layer}.{name}" + (f" ({kind})" if kind != "table" else ""), ""]
            lines.append(_text(comment))
            if kind == "macro":
                lines += ["", f"`{name}({', '.join(parameters)})`"]
                continue
            lines += ["", "| column | type | meaning |", "|---|---|---|"]
            lines += [
                f"| `{column}` | {data_type} | {_cell(text)} |"
                for column, data_type, text in database.rows(_COLUMNS, [layer, name])
            ]
    lines += ["", "## Checks", "", "Nothing is published while one of these returns a row.", ""]
    lines += [f"- **{one.sentence}**: {_text(one.meaning)}" for one in checks.all_checks()]
    lines += ["", "## Named queries", "", "Run one with `detente sql NAME`.", ""]
    lines += [f"- `{one.name}`: {_text(one.question)}" for one in queries.named().values()]
    return "\n".join(lines) + "\n"


def _text(comment: str | None) -> str:
    return " ".join((comment or "").split())


def _cell(comment: str | None) -> str:
    return _text(comment).replace("|", "\\|")


if __name__ == "__main__":
    with Published(settings.load().database) as published:
        sys.stdout.write(render(published))
