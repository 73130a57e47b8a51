"""The data dictionary: a page a schema, written from a database and its comments.

`python -m detente.database.dictionary FOLDER` writes the pages from the published database; they
stand in docs/data. The page to start with, docs/data.md, is written by hand.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from detente import settings
from detente.base.errors import UsageError
from detente.database import checks, curated, queries
from detente.database.published import Published
from detente.database.reader import Readable
from detente.database.sql_files import PRIVATE, declared_keys

# The schemas in the order in which a reader meets them, and what each is for.
_SCHEMAS = {
    "main": "The curated layer: start here. Views with plain columns; the name says what a row is.",
    "core": "Events, records and reference tables, as they were loaded.",
    "marts": "Sums and indices.",
    "stats": "What statistics find in them.",
    "meta": "What the database was built from and how.",
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
where
    not internal
    and function_type in ('macro', 'table_macro')
    and database_name = current_database()
order by schema_name, table_name
"""
_COLUMNS = """
select column_name, data_type, comment
from duckdb_columns()
where database_name = current_database() and schema_name = ? and table_name = ?
order by column_index
"""
_KEYS = """
select schema_name || '.' || table_name, constraint_column_names
from duckdb_constraints()
where constraint_type = 'PRIMARY KEY' and database_name = current_database()
"""
# A column that so many tables of a schema have with one meaning is described once.
_SHARED_BY = 3


@dataclass(frozen=True)
class _Table:
    """A table, view or macro as the database describes it."""

    schema: str
    name: str
    kind: str
    comment: str
    parameters: Sequence[str]
    columns: tuple[tuple[str, str, str], ...]
    key: tuple[str, ...]

    @property
    def is_private(self) -> bool:
        return self.comment.startswith(PRIVATE)

    @property
    def title(self) -> str:
        return f"{self.schema}.{self.name}"


def render(database: Readable) -> dict[str, str]:
    """Return the pages of the data dictionary as Markdown, by the names of their files.

    Parameters
    ----------
    database
        A published database, or one under construction whose comments are written.
    """
    tables = _described(database)
    pages = {
        f"{schema}.md": _page(schema, meaning, [one for one in tables if one.schema == schema])
        for schema, meaning in _SCHEMAS.items()
    }
    return pages | {"checks.md": _checks(), "queries.md": _queries()}


def _described(database: Readable) -> list[_Table]:
    keys = {table: tuple(columns) for table, columns in database.rows(_KEYS)}
    keys |= declared_keys() | {f"main.{view.name}": view.key for view in curated.views()}
    return [
        _Table(
            schema=schema,
            name=name,
            kind=kind,
            comment=_text(comment),
            parameters=parameters,
            columns=tuple(
                (column, data_type, _text(text))
                for column, data_type, text in database.rows(_COLUMNS, [schema, name])
            ),
            key=keys.get(f"{schema}.{name}", ()),
        )
        for schema, name, kind, comment, parameters in database.rows(_TABLES)
    ]


def _page(schema: str, meaning: str, tables: Sequence[_Table]) -> str:
    public = [one for one in tables if not one.is_private]
    private = [one for one in tables if one.is_private]
    if schema == curated.SCHEMA:
        order = [view.name for view in curated.views()]
        public.sort(key=lambda one: order.index(one.name) if one.name in order else len(order))
    shared = _shared(public)
    lines = [
        f"# Schema {schema}",
        "",
        f"{meaning} Written by `python -m detente.database.dictionary` from the comments in the",
        "database; [data.md](../data.md) is the page to start with.",
    ]
    if shared:
        lines += ["", "## Columns of several tables", "", *_columns(sorted(shared))]
    for table in public:
        lines += ["", *_section(table, shared)]
    if private:
        lines += ["", "## Private", "", "Machinery of the build. It may change at any time.", ""]
        lines += [f"- `{one.title}`: {_without_mark(one.comment)}" for one in private]
    return "\n".join(lines) + "\n"


def _shared(tables: Sequence[_Table]) -> set[tuple[str, str, str]]:
    counted = Counter(column for table in tables for column in table.columns)
    return {column for column, count in counted.items() if count >= _SHARED_BY}


def _section(table: _Table, shared: set[tuple[str, str, str]]) -> Iterator[str]:
    name = table.name if table.schema == curated.SCHEMA else table.title
    yield f"## {name}" + (f" ({table.kind})" if table.kind == "macro" else "")
    yield ""
    yield table.comment
    if table.kind == "macro":
        yield ""
        yield f"`{name}({', '.join(table.parameters)})`"
        return
    if table.key:
        yield ""
        yield f"Key: {', '.join(f'`{column}`' for column in table.key)}."
    yield from ("", "```sql", _example(table, name), "```")
    own = [column for column in table.columns if column not in shared]
    others = [column[0] for column in table.columns if column in shared]
    if own:
        yield from ("", *_columns(own))
    if others:
        yield ""
        yield "And of the columns above: " + ", ".join(f"`{one}`" for one in others) + "."


def _columns(columns: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    yield "| column | type | meaning |"
    yield "|---|---|---|"
    for column, data_type, text in columns:
        cell = text.replace("|", "\\|")
        yield f"| `{column}` | `{data_type}` | {cell} |"


def _example(table: _Table, name: str) -> str:
    """Return a query to start from: the contract's, a named query that reads it, or some rows."""
    for view in curated.views():
        if table.schema == curated.SCHEMA and view.name == table.name:
            return f"{curated.shown(view.example)};"
    for query in queries.named().values():
        if re.search(rf"\bfrom {re.escape(table.title)}\b", query.text):
            return f"from {name} limit 5;  -- and: detente sql {query.name}"
    return f"from {name} limit 5;"


def _checks() -> str:
    lines = ["# Checks", "", "Nothing is published while one of these returns a row.", ""]
    lines += [f"- **{one.sentence}**: {_text(one.meaning)}" for one in checks.all_checks()]
    return "\n".join(lines) + "\n"


def _queries() -> str:
    lines = [
        "# Named queries", "",
        "Run one with `detente sql NAME`. Values in brackets are the study's own unless they are",
        "named: its reported series, its dyad in focus. Files of `queries/` in the study's folder",
        "are named queries too.", "",
    ]  # fmt: skip
    for one in queries.named().values():
        takes = f" `{one.options}`" if one.options else ""
        lines.append(f"- `{one.name}`{takes}: {_text(one.question)}")
    return "\n".join(lines) + "\n"


def _text(comment: str | None) -> str:
    return " ".join((comment or "").split())


def _without_mark(comment: str) -> str:
    return comment.removeprefix(PRIVATE).strip()


def write(database: Readable, folder: Path) -> None:
    """Write the pages into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in render(database).items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise UsageError("Expected the folder of the pages: `... dictionary docs/data`.")
    with Published(settings.load().database) as published:
        write(published, Path(sys.argv[1]))
