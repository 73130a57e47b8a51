"""The finished file, opened for reading only, with no way to files, network or extensions."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pandas as pd

from detente.base.errors import DetenteError, NotPublished, QueryError
from detente.database.builder import LAYOUT_VERSION, Warehouse, literal

Result = TypeVar("Result")


_OPENING = threading.Lock()


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
            f"copy (select {columns} from answer) to {literal(str(path))} "  # noqa: S608
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
        listed = ", ".join(literal(path) for (path,) in paths)
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
