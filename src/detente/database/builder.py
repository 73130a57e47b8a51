"""A database under construction: runs the files of `sql/`, fills what Python fills."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import duckdb
import pandas as pd

from detente.base.errors import DetenteError
from detente.database import reader, remote
from detente.database.quoting import identifier, literal
from detente.database.reader import Parameters, Readable
from detente.database.sql_files import SqlFile, field_description, file_of, sql_files

version: str = duckdb.__version__


# Of the tables (meta.layout). A database of another one is rebuilt by the next refresh.
LAYOUT_VERSION = 9


# The oldest DuckDB that reads a database written here. Files are laid out as its releases know
# them, and views and macros use none of what came later: `case` in the place of `if()`.
OLDEST_CLIENT = "1.2"
_STORAGE: dict[str, str | bool | int | float | list[str]] = {
    "storage_compatibility_version": f"v{OLDEST_CLIENT}.0"
}


# What the database says of its tables (an empty column) and columns.
_COMMENTS = """
select schema_name || '.' || table_name, '', comment from duckdb_tables()
where database_name = current_database() and not internal
union all
select schema_name || '.' || view_name, '', comment from duckdb_views()
where database_name = current_database() and not internal
union all
select schema_name || '.' || table_name, column_name, comment
from duckdb_columns()
where database_name = current_database() and not internal
"""
_MAP = re.compile(r"MAP\((\w+), (\w+)\)")


class Warehouse(Readable):
    """A database under construction. Use as a context manager; nothing else may have it open."""

    def __init__(self, path: Path | str = ":memory:") -> None:
        self.path = path
        self._writes = str(path) != ":memory:"
        # Whether a step starts from nothing, although the database started from one before.
        self.is_anew = False
        self._con = duckdb.connect(str(path), config=_STORAGE)
        # One time zone and one thread-independent order, so that a build is the same everywhere;
        # for connections beside this one, too.
        self._con.execute(
            "set global timezone = 'UTC'; set session timezone = 'UTC'; "
            "set preserve_insertion_order = true"
        )
        if self._writes:
            reader.reach(self._con)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if exc[0] is not None:
            self.abandon()  # what has failed is said already
        else:
            self.close()

    def close(self) -> None:
        """Write everything out and close the file.

        Raises
        ------
        DetenteError
            Not everything could be written; the disk may be full. Said here because DuckDB keeps
            silent about a write that fails while it closes a file.
        """
        try:
            if self._writes:
                self.execute("checkpoint")
        finally:
            self._con.close()

    def abandon(self) -> None:
        """Close the file, whether or not everything can be written."""
        self._con.close()

    @contextmanager
    def attached(self, path: Path, name: str) -> Iterator[None]:
        """Have another database open under a name, for reading only, until the block ends.

        Raises
        ------
        DetenteError
            The file is no database that this version of DuckDB reads.
        """
        self.execute(f"attach {literal(str(path))} as {name} (read_only)", where=str(path))
        try:
            reader.reach(self._con, name)
            yield
        finally:
            self._con.execute(f"detach {name}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write what a block writes at its end, all at once, or not at all."""
        self._con.begin()
        try:
            yield
        except BaseException:
            self._con.rollback()
            raise
        self._con.commit()

    def read_remote(self) -> None:
        """Let statements read files of the object store by their addresses."""
        remote.let_read(self._con)

    def beside(self) -> Warehouse:
        """Return a second connection to the same database, for another thread or step.

        What is temporary is its own. Closing it writes nothing out: the first connection does.
        """
        other = object.__new__(Warehouse)
        other.path, other._con = self.path, self._con.cursor()
        other.is_anew = self.is_anew
        other._writes = False  # the first connection writes for both
        return other

    def create_inputs(self, keep: Callable[[SqlFile], bool] = lambda _: False) -> None:
        """Create what every statement may rest on.

        The schemas, the macros of `meta`, which read no table, and the empty tables that Python
        fills, except those to be kept.
        """
        for layer in dict.fromkeys(file.layer for file in sql_files()):
            self._con.execute(f"create schema if not exists {layer}")
        for file in sql_files():
            if (file.is_macro and file.layer == "meta") or (file.is_input and not keep(file)):
                self._con.execute(file.text)

    def derived(self, update: Callable[[SqlFile], bool] = lambda _: False) -> Iterator[SqlFile]:
        """Build every table and view that SQL derives, yielding each when it stands.

        Parameters
        ----------
        update
            Is asked first; true if it brought the table up to date in a way of its own.
        """
        for file in sql_files():
            if not file.is_input:
                if not update(file):
                    self.build(file)
                yield file

    def build(self, file: SqlFile | str) -> None:
        """Build one table, view or macro of `sql/`, given as its file or by name."""
        if isinstance(file, str):
            file = file_of(file)
        self.execute(file.text, where=file.table)

    @contextmanager
    def showing(self, table: str, query: str) -> Iterator[None]:
        """Let a table or view of `sql/` hold other rows for a while.

        Parameters
        ----------
        table
            Its name. What it holds otherwise is `every_NAME` of the same schema meanwhile.
        query
            Yields the rows, in columns of the same names.
        """
        file = file_of(table)
        whole = f"every_{file.name}"
        self.execute(f"alter {file.kind} {table} rename to {whole}")
        self.execute(f"create view {table} as {query}")
        try:
            yield
        finally:
            self.execute(f"drop view {table}")
            self.execute(f"alter {file.kind} {file.layer}.{whole} rename to {file.name}")

    def comment(self) -> None:
        """Write the description of each table and column into the database, all at once.

        What says so already, as in a table that was carried over, is left alone: a statement for
        each of some 1,500 columns takes longer than to build a small study.
        """
        comments = {(name, column): text for name, column, text in self.rows(_COMMENTS)}
        columns: dict[str, list[str]] = {}
        for name, column in comments:
            columns.setdefault(name, []).extend([column] if column else [])
        with self.transaction():
            for file in sql_files():
                if comments.get((file.table, "")) != file.description:
                    self._con.execute(
                        f"comment on {file.kind} {file.table} is {literal(file.description)}"
                    )
                for column in columns.get(file.table, ()):
                    text = field_description(file.table, column)
                    if comments[file.table, column] != text:
                        self._con.execute(
                            f"comment on column {file.table}.{identifier(column)} "
                            f"is {literal(text)}"
                        )

    def execute(
        self, statement: str, parameters: Parameters = (), where: str = ""
    ) -> duckdb.DuckDBPyConnection:
        """Run one statement; `where` names it in the error.

        Raises
        ------
        DetenteError
            The statement fails: a fault of the SQL files or of a database from another version.
        """
        try:
            return self._con.execute(statement, reader.bound(parameters))
        except duckdb.Error as error:
            raise DetenteError(f"{where or self.path}: {reader.said(error)}") from error

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Insert rows in one statement; a dict becomes a map. A column decides its values' type.

        Raises
        ------
        DetenteError
            The table lacks a column, or a value is not of its type.
        """
        rows = list(rows)
        if not rows:
            return
        types = {name: kind for name, kind, *_ in self.rows(f"describe {table}")}
        if unknown := sorted(set(columns) - set(types)):
            raise DetenteError(
                f"{table} has no column {', '.join(unknown)}: expected columns among "
                f"{', '.join(types)}. Add it to the table's file in sql/ and to sql/fields.toml."
            )
        chosen: list[str] = []
        parameters: list[list[Any]] = []
        for place, name in enumerate(columns):
            values = [row[place] for row in rows]
            if maps := _MAP.fullmatch(types[name]):
                chosen.append(f"map(unnest(?::{maps[1]}[][]), unnest(?::{maps[2]}[][]))")
                parameters.append([None if one is None else list(one) for one in values])
                parameters.append([None if one is None else list(one.values()) for one in values])
            else:
                chosen.append(f"unnest(?::{types[name]}[])")
                parameters.append([list(one) if isinstance(one, tuple) else one for one in values])
        statement = f"insert into {table} ({', '.join(columns)}) select {', '.join(chosen)}"
        self.execute(statement, parameters, where=table)

    def insert_frame(self, table: str, frame: pd.DataFrame) -> None:
        """Insert a data frame by the names of its columns; NaN becomes null."""
        if frame.empty:
            return
        self._con.register("frame_to_insert", frame)
        numbers = ", ".join(
            f'if(isnan("{name}"), null, "{name}") as "{name}"'
            for name in frame.select_dtypes("float").columns
        )
        chosen = f"* replace ({numbers})" if numbers else "*"
        try:
            self.execute(
                f"insert into {table} by name select {chosen} from frame_to_insert",  # noqa: S608
                where=table,
            )
        finally:
            self._con.unregister("frame_to_insert")

    def arrow(self, query: str) -> Any:
        """Return a query as a table of pyarrow, which an installation may lack."""
        try:
            return self._con.sql(query).to_arrow_table()
        except duckdb.Error as error:
            raise DetenteError(f"{self.path}: {reader.said(error)}") from error
