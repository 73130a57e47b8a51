"""The named queries of `sql/queries`, one question a file."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from detente.base import assets
from detente.base.errors import UsageError
from detente.database.answer import Answer
from detente.database.sql_files import leading_comment

# Every table, view and macro of a database, how it is written, and what it holds.
NAMES = """
select schema_name, table_name as name, '' as parameters, comment
from duckdb_tables()
where not internal
union all
select schema_name, view_name, '', comment
from duckdb_views()
where not internal
union all
select schema_name, function_name, '(' || array_to_string(parameters, ', ') || ')', comment
from duckdb_functions()
where not internal and function_type in ('macro', 'table_macro')
"""
# As they are listed: the curated layer first, machinery left out.
TABLES = f"""
select
    case schema_name when 'main' then '' else schema_name || '.' end || name || parameters as name,
    comment,
from ({NAMES})
where not starts_with(comment, 'Private.')
order by schema_name <> 'main', schema_name, name
"""  # noqa: S608


class Asks(Protocol):
    """What answers ad-hoc queries: a published database, or its door."""

    def ask(self, statement: str, timeout_seconds: float | None = None) -> Answer:
        """Return the answer to one query."""
        ...


@dataclass(frozen=True)
class NamedQuery:
    """A question with its answer in SQL."""

    name: str
    question: str
    text: str


@cache
def named() -> dict[str, NamedQuery]:
    """Return the named queries by name."""
    return {
        path.stem: NamedQuery(path.stem, leading_comment(text), text)
        for path in sorted((assets.sql() / "queries").glob("*.sql"))
        for text in [path.read_text(encoding="utf-8")]
    }


def resolve(argument: str) -> str:
    """Return the SQL text that an argument means: SQL itself, a file, or a query's name.

    `-` is standard input.

    Raises
    ------
    UsageError
        It is a single word that names neither a file nor a query, or a file that is no text.
    """
    if argument == "-":
        return sys.stdin.read()
    if any(character.isspace() for character in argument.strip()):
        return argument
    path = Path(argument)
    if path.is_file():
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path}: expected a file of SQL text: {error}") from error
    if path.stem in named():
        return named()[path.stem].text
    raise UsageError(
        f"Expected SQL, a file or a named query, got {argument!r}. "
        f"Named queries: {', '.join(named()) or 'none'}."
    )


def explain(database: Asks, text: str, timeout_seconds: float | None = None) -> str:
    """Return how a query would be carried out, as DuckDB draws it.

    Raises
    ------
    QueryError
        The text is not one query.
    """
    answer = database.ask(f"explain {text}", timeout_seconds)
    return "\n".join(str(row[-1]).rstrip() for row in answer.rows())
