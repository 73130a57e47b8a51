"""Decide by its parse tree whether a statement only reads.

The tree is DuckDB's own (`json_serialize_sql`): what the engine would carry out is what is looked
at, not words of the text.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator

import duckdb

from detente.base.errors import QueryError

# Queries and what combines them. Since DuckDB 2.0 a common table expression may also hold COPY,
# INSERT, UPDATE and DELETE, and more may come: what is not named here is refused.
_QUERIES = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
# Table functions that make rows or tell of the database. All others read files, run a text as
# SQL or change the session.
_TABLE_FUNCTIONS = {
    "range", "generate_series", "unnest", "repeat", "repeat_row", "json_each", "json_tree",
    "summary", "histogram", "histogram_values", "test_all_types", "pg_timezone_names",
    "icu_calendar_names", "duckdb_columns", "duckdb_constraints", "duckdb_databases",
    "duckdb_dependencies", "duckdb_extensions", "duckdb_functions", "duckdb_indexes",
    "duckdb_keywords", "duckdb_memory", "duckdb_optimizers", "duckdb_schemas",
    "duckdb_sequences", "duckdb_settings", "duckdb_table_sample", "duckdb_tables",
    "duckdb_types", "duckdb_variables", "duckdb_views", "pragma_collations",
    "pragma_database_size", "pragma_platform", "pragma_show", "pragma_storage_info",
    "pragma_table_info", "pragma_user_agent", "pragma_version",
}  # fmt: skip
# Scalar functions that tell of the environment or change something.
_SCALAR_FUNCTIONS_REFUSED = {"getenv", "write_log", "nextval", "setval"}
# The pragmas that only tell something. Others change the session, or read and write files.
_TELLING = re.compile(
    r"\s*pragma\s+(database_list|database_size|version|platform|user_agent|collations|functions|"
    r"show_tables|show_tables_expanded|show|table_info|storage_info)\s*(\(|;|$)",
    re.IGNORECASE,
)
_EXPLAINS = re.compile(
    r"\s*explain\s+(?:analyze\s+)?(?:\([^)]*\)\s*)?(.*)", re.IGNORECASE | re.DOTALL
)


def demand_reading(con: duckdb.DuckDBPyConnection, text: str) -> None:
    """Let pass one statement that only reads.

    Parameters
    ----------
    con
        The database that will be asked. It only parses the statement here; to open another one for
        that would take longer than many a query.

    Raises
    ------
    QueryError
        The text is not one statement, or the statement does more than read.
    """
    try:
        statements = con.extract_statements(text)
    except duckdb.Error as error:
        raise QueryError(str(error)) from error
    if len(statements) != 1:
        raise QueryError(f"Expected one SQL statement, got {len(statements)}.")
    kind = _kind(statements[0])
    if kind == "SELECT":
        _demand_reading_tree(con, text)
    elif kind == "EXPLAIN" and (explained := _EXPLAINS.match(text)):
        demand_reading(con, explained[1])
    elif kind != "PRAGMA" or not _TELLING.match(text):
        hint = (
            " Name a pivot's columns: `pivot T on c in (1, 2) using ...`."
            if kind == "MULTI"
            else ""
        )
        raise _refusal(kind, hint)


def _refusal(what: str, hint: str = "") -> QueryError:
    return QueryError(
        f"The published database is read-only: expected a query, got {what}. "
        f"Use select, describe, summarize, show or explain.{hint}"
    )


def _kind(statement: duckdb.Statement) -> str:
    """Return the kind of a statement by DuckDB's name."""
    try:
        return str(statement.type.name)
    except ValueError:  # DuckDB parses kinds that its Python package does not name
        return "a statement without a name"


def _demand_reading_tree(con: duckdb.DuckDBPyConnection, text: str) -> None:
    rows = con.execute("select json_serialize_sql(?::varchar)", [text]).fetchall()
    tree = json.loads(rows[0][0])
    if tree["error"]:
        raise _refusal(f"what cannot be examined ({tree['error_message']})")
    if len(tree["statements"]) != 1:
        raise _refusal(f"{len(tree['statements'])} statements in one")
    for node in _nodes(tree["statements"]):
        kind = node.get("type")
        if isinstance(kind, str) and kind.endswith("_NODE") and kind not in _QUERIES:
            raise _refusal(f"{kind.removesuffix('_NODE').removesuffix('_QUERY')} within a query")
        if kind == "TABLE_FUNCTION":
            _demand_table_function(con, node)
        elif kind == "FUNCTION" and _name(node) in _SCALAR_FUNCTIONS_REFUSED:
            raise _refusal(f"the function {_name(node)}")


def _demand_table_function(con: duckdb.DuckDBPyConnection, node: dict[str, object]) -> None:
    function = node.get("function")
    name = _name(function) if isinstance(function, dict) else ""
    if name not in _TABLE_FUNCTIONS and name not in (known := _own_macros(con)):
        near = difflib.get_close_matches(name, known, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise QueryError(
            f"Expected a query on the database's tables, got the table function {name or '?'}. A "
            "query cannot read files, run text as SQL or change settings. `detente sql --list` "
            f"lists the tables.{hint}"
        )


def _name(function: dict[str, object]) -> str:
    return str(function.get("function_name", "")).lower()


def _nodes(tree: object) -> Iterator[dict[str, object]]:
    """Yield every object of a parse tree."""
    waiting = [tree]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def _own_macros(con: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Return the names of the database's own table macros, in lower case."""
    rows = con.execute(
        "select lower(function_name) from duckdb_functions() "
        "where function_type = 'table_macro' and not internal"
    ).fetchall()
    return frozenset(name for (name,) in rows)


def is_finished(text: str) -> bool:
    """Say whether SQL ends with a semicolon that is none of a string, a name or a comment."""
    tokens = duckdb.tokenize(text)
    places = [place for place, kind in tokens if kind != duckdb.token_type.comment]
    return bool(places) and text[places[-1]] == ";"
