"""The one place that opens DuckDB.

A `Warehouse` is a database under construction: it runs the files of `sql/`, one statement each,
where the path names the table. `Published` is the finished file, opened for reading only and with
every door to files, network and extensions shut.
"""

from __future__ import annotations

import re
import threading
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, Self, TypeVar

import duckdb
import pandas as pd

from detente import _assets
from detente.errors import DetenteError, NotPublished, QueryError

version: str = duckdb.__version__
# Of the tables (meta.layout). A database of another one is built anew by the next refresh.
LAYOUT_VERSION = 2
Result = TypeVar("Result")
_OPENING = threading.Lock()

_MAP = re.compile(r"MAP\((\w+), (\w+)\)")
_COMMENT = re.compile(r"^\s*--\s?(.*)$")
_CREATES = re.compile(
    r"create or replace (table|view|macro)\s+(?:(\w+)\.)?(\w+)\s*(\(|as\b)", re.IGNORECASE
)
# Every `a.b` of a text, those within `a.b.c` too.
_NAMES = re.compile(r"\b(?=(\w+\.\w+))")


@dataclass(frozen=True)
class SqlFile:
    """One statement of `sql/NN_layer/name.sql`, which builds `layer.name`."""

    layer: str
    name: str
    description: str
    text: str
    is_input: bool
    is_view: bool
    is_macro: bool

    @property
    def table(self) -> str:
        """The table or view that the file builds."""
        return f"{self.layer}.{self.name}"

    @property
    def body(self) -> str:
        """The statement without its comments."""
        return "\n".join(line for line in self.text.splitlines() if not _COMMENT.match(line))


def leading_comment(text: str) -> str:
    """Return the comment at the top of an SQL file as running text."""
    words = []
    for line in text.splitlines():
        match = _COMMENT.match(line)
        if not match:
            break
        words.append(match[1])
    return " ".join(words).strip()


@cache
def sql_files() -> tuple[SqlFile, ...]:
    """Return the layers' files, in the order in which they can be built, always the same."""
    files = {}
    for path in sorted(_assets.sql().glob("[0-9][0-9]_*/*.sql")):
        text = path.read_text(encoding="utf-8")
        layer, name = path.parent.name[3:], path.stem
        created = _CREATES.search(text)
        if not created or (created[2], created[3]) != (layer, name):
            raise DetenteError(f"{path}: expected `create or replace table {layer}.{name}`.")
        file = SqlFile(
            layer=layer,
            name=name,
            description=leading_comment(text),
            text=text,
            is_input=created[1].lower() == "table" and created[4] == "(",
            is_view=created[1].lower() == "view",
            is_macro=created[1].lower() == "macro",
        )
        files[file.table] = file
    named = {table: set(_NAMES.findall(file.body)) for table, file in files.items()}
    graph = {
        table: [other for other in files if other != table and other in named[table]]
        for table in files
    }
    return tuple(files[table] for table in TopologicalSorter(graph).static_order())


@cache
def _fields() -> Mapping[str, str]:
    return tomllib.loads((_assets.sql() / "fields.toml").read_text(encoding="utf-8"))


def field_description(table: str, column: str) -> str:
    """Say what a column means; a name means one quantity everywhere unless a table says otherwise.

    Raises
    ------
    DetenteError
        The column is described nowhere.
    """
    fields: Mapping[str, Any] = _fields()
    own = fields.get("table", {}).get(table, {})
    text = own.get(column) or fields["field"].get(column)
    if not text:
        raise DetenteError(f"sql/fields.toml describes no column `{column}` (of {table}).")
    return str(text)


def own_description(table: str, column: str) -> str:
    """Say what a table alone says of a column; empty where it says nothing of its own."""
    fields: Mapping[str, Any] = _fields()
    return str(fields.get("table", {}).get(table, {}).get(column, ""))


class Warehouse:
    """A database under construction. Use as a context manager; nothing else may have it open."""

    def __init__(self, path: Path | str = ":memory:") -> None:
        self.path = path
        self._writes = str(path) != ":memory:"
        # What stands for read_parquet('$name') in the files of sql/.
        self.relations: dict[str, str] = {}
        self._con = duckdb.connect(str(path))
        # One time zone and one thread-independent order, so that a build is the same everywhere.
        self._con.execute("set timezone = 'UTC'; set preserve_insertion_order = true")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if exc[0] is not None:
            self._con.close()  # what has failed is said already
        else:
            self.close()

    def close(self) -> None:
        """Write everything out and let go of the file.

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

    @contextmanager
    def attached(self, path: Path, name: str) -> Iterator[None]:
        """Have another database open under a name, for reading only, until the block ends.

        Raises
        ------
        DetenteError
            The file is no database that this version of DuckDB reads.
        """
        self.execute(f"attach {_literal(str(path))} as {name} (read_only)", where=str(path))
        try:
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

    def beside(self) -> Warehouse:
        """Return a second connection to the same database, for use in another thread."""
        other = object.__new__(Warehouse)
        other.path, other.relations, other._con = self.path, {}, self._con.cursor()
        other._writes = False  # the first connection writes for both
        return other

    def create_inputs(self, keep: Callable[[SqlFile], bool] = lambda _: False) -> None:
        """Create the schemas and the empty tables that Python fills, except those to be kept."""
        for layer in dict.fromkeys(file.layer for file in sql_files()):
            self._con.execute(f"create schema if not exists {layer}")
        for file in sql_files():
            if file.is_input and not keep(file):
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
            file = next(one for one in sql_files() if one.table == file)
        self.execute(self.related(file.text), where=file.table)

    def related(self, statement: str) -> str:
        """Return a statement that reads the relations in the place of their names."""
        for name, relation in self.relations.items():
            statement = statement.replace(f"read_parquet('${name}')", relation)
        return statement

    def comment(self) -> None:
        """Write the description of each table and column into the database, all at once."""
        with self.transaction():
            for file in sql_files():
                kind = "view" if file.is_view else "macro table" if file.is_macro else "table"
                self._con.execute(f"comment on {kind} {file.table} is {_literal(file.description)}")
                for column in () if file.is_macro else self.columns(file.table):
                    text = _literal(field_description(file.table, column))
                    self._con.execute(f'comment on column {file.table}."{column}" is {text}')

    def execute(
        self, statement: str, parameters: Sequence[Any] = (), where: str = ""
    ) -> duckdb.DuckDBPyConnection:
        """Run one statement; `where` names it in the error.

        Raises
        ------
        DetenteError
            The statement fails: a fault of the SQL files or of a database from another version.
        """
        try:
            return self._con.execute(statement, list(parameters))
        except duckdb.Error as error:
            raise DetenteError(f"{where or self.path}: {error}") from error

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Insert rows in one statement; a dict becomes a map. A column decides its values' type."""
        rows = list(rows)
        if not rows:
            return
        types = {name: kind for name, kind, *_ in self.rows(f"describe {table}")}
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

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        return self.execute(query, parameters).fetchall()

    def dicts(self, query: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Return all rows of a query, each by column name."""
        result = self.execute(query, parameters)
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def frame(self, query: str, parameters: Sequence[Any] = ()) -> pd.DataFrame:
        """Return a query as a data frame."""
        return self.execute(query, parameters).df()

    def columns(self, table: str) -> list[str]:
        """Return a table's columns in order."""
        return [row[0] for row in self.rows(f"describe {table}")]


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True)
class Answer:
    """The rows of a query and the SQL type of each column, by name."""

    frame: pd.DataFrame
    types: Mapping[str, str]


def write_parquet(answer: Answer, path: Path) -> None:
    """Write an answer as a Parquet file with the types that its columns had in SQL.

    The published database has no way to files. The rows therefore go through a database in
    memory that knows nothing but them.

    Raises
    ------
    DetenteError
        The rows cannot be written: a type that Parquet lacks, or a full disk.
    """
    names = [str(column) for column in answer.frame.columns]
    frame = answer.frame.set_axis([f"c{place}" for place in range(len(names))], axis="columns")
    columns = ", ".join(
        f"cast(c{place} as {answer.types[name]}) as {_identifier(name)}"
        if name in answer.types
        else f"c{place} as {_identifier(name)}"
        for place, name in enumerate(names)
    )
    con = duckdb.connect(":memory:")
    try:
        con.register("answer", frame)
        con.execute(
            f"copy (select {columns} from answer) to {_literal(str(path))} "  # noqa: S608
            "(format parquet, compression zstd)"
        )
    except duckdb.Error as error:
        raise DetenteError(f"{path}: the answer cannot be written as Parquet: {error}") from error
    finally:
        con.close()


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class Published(Warehouse):
    """The published database: read-only, no files, no network, no extensions, bounded memory."""

    def __init__(self, path: Path, memory_limit: str = "2GB") -> None:
        if not path.is_file():
            raise NotPublished(f"No database at {path} yet. Run `detente refresh` first.")
        self.path = path
        self.relations = {}
        self._writes = False
        try:
            # Within a process DuckDB shares a file's settings; only one thread may set them.
            with _OPENING:
                self._con = duckdb.connect(
                    str(path), read_only=True, config={"memory_limit": memory_limit}
                )
                self._shut_doors()
        except duckdb.Error as error:
            raise NotPublished(
                f"{path} cannot be opened: {error}. If it is damaged, delete it and run "
                "`detente refresh`: it is always rebuilt from data/raw."
            ) from error

    def layout_version(self) -> int:
        """Return the version of the tables' layout; 0 for a database from before they had one."""
        known = self._con.execute(
            "select count(*) from duckdb_tables() "
            "where schema_name = 'meta' and table_name = 'layout'"
        ).fetchall()[0][0]
        return int(self.rows("select max(version) from meta.layout")[0][0]) if known else 0

    def _shut_doors(self) -> None:
        """Allow the parts of the event store that this database reads, and nothing else.

        Files by name, not their folder: DuckDB lets a query write into an allowed folder.
        """
        if self._con.execute("select current_setting('lock_configuration')").fetchall()[0][0]:
            return  # this process has the same file open; its doors are shut already
        has_parts = self._con.execute(
            "select count(*) from duckdb_tables() "
            "where schema_name = 'meta' and table_name = 'event_part'"
        ).fetchall()[0][0]
        paths = (
            self._con.execute("select path from meta.event_part order by path").fetchall()
            if has_parts
            else []
        )
        listed = ", ".join(_literal(path) for (path,) in paths)
        self._con.execute(f"set allowed_paths = [{listed}]")
        self._con.execute("set enable_external_access = false")
        self._con.execute("set lock_configuration = true")

    def execute(
        self, statement: str, parameters: Sequence[Any] = (), where: str = ""
    ) -> duckdb.DuckDBPyConnection:
        """Run one of the program's own statements.

        Raises
        ------
        NotPublished
            The database lacks what the statement reads: another version built it.
        """
        try:
            return self._con.execute(statement, list(parameters))
        except (duckdb.BinderException, duckdb.CatalogException) as error:
            raise NotPublished(
                f"{self.path} has tables of version {self.layout_version()} and lacks what this "
                f"version of detente reads (version {LAYOUT_VERSION}): "
                f"{str(error).splitlines()[0]}. Run `detente refresh`."
            ) from error
        except duckdb.Error as error:
            raise DetenteError(f"{where or self.path}: {error}") from error

    def query(self, statement: str, timeout_seconds: float | None = None) -> pd.DataFrame:
        """Run one ad-hoc query; see `ask`."""
        return self.ask(statement, timeout_seconds).frame

    def ask(self, statement: str, timeout_seconds: float | None = None) -> Answer:
        """Run one ad-hoc query.

        Raises
        ------
        QueryError
            The text is not one statement, fails, or runs longer than `timeout_seconds`.
        """
        return self._ask(statement, timeout_seconds, _answer)

    def query_rows(
        self, statement: str, timeout_seconds: float | None = None, max_rows: int = 10_000
    ) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Run one ad-hoc query as `query` does; return column names and rows of plain values.

        Raises
        ------
        QueryError
            As `query`, and where the result has more than `max_rows` rows.
        """
        names, rows = self._ask(
            statement,
            timeout_seconds,
            lambda result: (
                tuple(column[0] for column in result.description or ()),
                result.fetchmany(max_rows + 1),
            ),
        )
        if len(rows) > max_rows:
            raise QueryError(f"Expected at most {max_rows} rows, got more. Narrow the query.")
        return names, rows

    def _ask(
        self,
        statement: str,
        timeout_seconds: float | None,
        take: Callable[[duckdb.DuckDBPyConnection], Result],
    ) -> Result:
        try:
            statements = duckdb.extract_statements(statement)
        except duckdb.Error as error:
            raise QueryError(str(error)) from error
        if len(statements) != 1:
            raise QueryError(f"Expected one SQL statement, got {len(statements)}.")
        kind = _kind(statements[0])
        if not _only_reads(kind, statement):
            hint = (
                " A pivot names its columns: `pivot T on c in (1, 2) using ...`."
                if kind == "MULTI"
                else ""
            )
            raise QueryError(
                f"This door is read-only: expected a query, got {kind}. "
                f"Use select, describe, summarize, show or explain.{hint}"
            )
        try:
            return _interruptible(
                lambda: take(self._con.execute(statements[0])), self._con, timeout_seconds
            )
        except TimeoutError as error:
            raise QueryError(
                f"The query ran longer than {timeout_seconds:g} s and was stopped. Narrow "
                "it, or raise query.timeout_seconds in detente.toml."
            ) from error
        except duckdb.Error as error:
            raise QueryError(str(error)) from error


def _answer(result: duckdb.DuckDBPyConnection) -> Answer:
    if not result.description:
        return Answer(pd.DataFrame(), {})
    types = {str(column[0]): str(column[1]) for column in result.description}
    return Answer(result.df(), types)


# The pragmas that only tell something. Others change the session, or read and write files.
_TELLING = re.compile(
    r"\s*pragma\s+(database_list|database_size|version|platform|user_agent|collations|functions|"
    r"show_tables|show_tables_expanded|show|table_info|storage_info)\s*(\(|;|$)",
    re.IGNORECASE,
)
_EXPLAINS = re.compile(
    r"\s*explain\s+(?:analyze\s+)?(?:\([^)]*\)\s*)?(.*)", re.IGNORECASE | re.DOTALL
)


def _kind(statement: duckdb.Statement) -> str:
    """Return the kind of a statement by DuckDB's name."""
    try:
        return str(statement.type.name)
    except ValueError:  # DuckDB parses kinds that its Python package does not name
        return "a statement without a name"


def _only_reads(kind: str, statement: str) -> bool:
    """Say whether a statement only reads: even a read-only database lets COPY write a file."""
    if kind == "SELECT":
        return True
    if kind == "PRAGMA":
        return _TELLING.match(statement) is not None
    explained = _EXPLAINS.match(statement)
    if kind != "EXPLAIN" or not explained:
        return False
    return [_kind(one) for one in duckdb.extract_statements(explained[1])] == ["SELECT"]


def is_finished(text: str) -> bool:
    """Say whether SQL ends with a semicolon that is none of a string, a name or a comment."""
    tokens = duckdb.tokenize(text)
    places = [place for place, kind in tokens if kind != duckdb.token_type.comment]
    return bool(places) and text[places[-1]] == ";"


def _interruptible(
    work: Callable[[], Result], con: duckdb.DuckDBPyConnection, seconds: float | None
) -> Result:
    """Do the work in a thread, so that Ctrl-C and the time limit reach a query that is running.

    Raises
    ------
    TimeoutError
        It took longer than `seconds` and was stopped.
    """
    with ThreadPoolExecutor(max_workers=1) as pool:
        future = pool.submit(work)
        try:
            # Waits without holding up signals.
            wait([future], timeout=seconds)
            if future.done():
                return future.result()
            raise TimeoutError
        finally:
            # An interrupt that comes before the query has begun is lost, so it is repeated.
            while not future.done():
                con.interrupt()
                wait([future], timeout=0.05)
