"""The finished file, opened for reading only, with no way to files, network or extensions."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import duckdb

from detente.base.errors import DetenteError, NotPublished
from detente.database import reader
from detente.database.answer import Answer
from detente.database.builder import LAYOUT_VERSION
from detente.database.reader import Parameters, Readable
from detente.database.sandbox import Sandbox

if TYPE_CHECKING:
    import pandas as pd

_OPENING = threading.Lock()
_ATTEMPTS = 20


class Published(Readable):
    """The published database. Use as a context manager.

    The program's own statements run here, read-only; what a person asks runs behind a `Sandbox`,
    which may also see CSV files under names of their own (`beside`).
    """

    def __init__(
        self, path: Path, memory_limit: str = "2GB", beside: Mapping[str, Path] | None = None
    ) -> None:
        self.path, self._memory_limit, self._beside = path, memory_limit, beside
        self._sandbox: Sandbox | None = None
        self._con, self._file = _opened(path, memory_limit)
        self._is_remote = reader.reads_elsewhere(self._con)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        if self._sandbox is not None:
            self._sandbox.close()
            self._sandbox = None
        self._con.close()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def layout_version(self) -> int:
        """Return the version of the tables' layout; 0 for a database from before they had one."""
        known = self._con.execute(
            "select count(*) from duckdb_tables() "
            "where schema_name = 'meta' and table_name = 'layout'"
        ).fetchall()[0][0]
        return int(self.rows("select max(version) from meta.layout")[0][0]) if known else 0

    # -- the program's own statements ------------------------------------------------------------

    def execute(
        self, statement: str, parameters: Parameters = (), where: str = ""
    ) -> duckdb.DuckDBPyConnection:
        """Run one of the program's own statements.

        Raises
        ------
        NotPublished
            The database lacks what the statement reads: another version built it.
        """
        try:
            return self._con.execute(statement, reader.bound(parameters))
        except (duckdb.BinderException, duckdb.CatalogException) as error:
            raise NotPublished(
                f"{self.path} has tables of version {self.layout_version()} and lacks what this "
                f"version of detente reads (version {LAYOUT_VERSION}): "
                f"{str(error).splitlines()[0]}. Run `detente refresh`."
            ) from error
        except duckdb.Error as error:
            raise DetenteError(f"{where or self.path}: {reader.said(error)}") from error

    # -- what a person asks ----------------------------------------------------------------------

    def ask(
        self, statement: str, timeout_seconds: float | None = None, max_rows: int | None = None
    ) -> Answer:
        """Return the answer to an ad-hoc query; parameters and errors as in `Sandbox.ask`."""
        if self._sandbox is None:
            self._sandbox = Sandbox(
                self.path,
                self._memory_limit,
                self._file,
                self._beside,
                is_remote=self._is_remote,
            )
        return self._sandbox.ask(statement, timeout_seconds, max_rows)

    def query(self, statement: str, timeout_seconds: float | None = None) -> pd.DataFrame:
        """Return the answer to an ad-hoc query as a data frame; see `ask`."""
        return self.ask(statement, timeout_seconds).frame

    def query_rows(
        self, statement: str, timeout_seconds: float | None = None, max_rows: int = 10_000
    ) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Return the column names and the rows of an answer of at most `max_rows` rows."""
        answer = self.ask(statement, timeout_seconds, max_rows)
        return answer.columns, list(answer.rows())


def _opened(path: Path, memory_limit: str) -> tuple[duckdb.DuckDBPyConnection, int]:
    """Open a published database; return a descriptor of the same file with it.

    A refresh may put another file under the name at any moment, so both are compared.
    """
    for _ in range(_ATTEMPTS):
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except OSError:
            raise NotPublished(f"No database at {path} yet. Run `detente refresh` first.") from None
        try:
            # Within a process DuckDB shares a file's settings; only one thread may set them.
            with _OPENING:
                con = duckdb.connect(
                    str(path), read_only=True, config={"memory_limit": memory_limit}
                )
                reader.lock_down(con, path)
            if os.path.samestat(path.stat(), os.fstat(descriptor)):
                return con, descriptor
            con.close()
        except duckdb.Error as error:
            os.close(descriptor)
            raise reader.unreadable(path, error) from error
        os.close(descriptor)
    raise NotPublished(f"{path} is replaced again and again while it is being opened.")
