"""Run statements on a server of Spark Connect: a Spark cluster, managed Spark, or Sail.

The one thin client speaks to all of them. The server reads the parts of the event store by their
names, gets the small tables with the query, and writes its answer as Parquet beside the store,
where DuckDB takes it in. So it has to see the store's folder under the same name.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import sys
import uuid
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from detente.base.redaction import redacted
from detente.database.builder import Warehouse
from detente.database.sql_files import SqlFile, sql_files
from detente.engines import port
from detente.engines.engine import EngineError
from detente.engines.port import Port, Ported
from detente.settings import Engine as EngineSettings
from detente.store.events import PART_COLUMNS, read_parquet

if TYPE_CHECKING:
    import pandas as pd

TOKEN_VARIABLE = "DETENTE_ENGINE_TOKEN"  # noqa: S105  # the name of a variable
_DEFAULT_PORT = 15002
# A server that died is asked so many times more, over some 20 seconds; a busy one answers in time.
_ATTEMPTS = 5
_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    # An overflow is an error and no null.
    "spark.sql.ansi.enabled": "true",
}
# Spark takes these for patterns of names.
_PATTERN = re.compile(r"[\[\]{}*?\\]")


@contextmanager
def _with_a_file() -> Iterator[None]:
    """Name a file for a program without one (`python -c`): pyspark ends it as its own doctest."""
    program = sys.modules["__main__"]
    if hasattr(program, "__file__"):
        yield
        return
    program.__file__ = "-c"
    try:
        yield
    finally:
        del program.__file__


@contextmanager
def connected(settings: EngineSettings) -> Iterator[Any]:
    """Open a session on the server until the block ends.

    Raises
    ------
    EngineError
        The server cannot be reached, or does not speak Spark Connect.
    """
    with _with_a_file():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # pandas 3; no frame of pyspark is used
            from pyspark.sql.connect.client.retries import DefaultPolicy
            from pyspark.sql.connect.session import SparkSession

        _demand_listening(settings)
        with _explained(settings.url):
            session = SparkSession.builder.remote(_address(settings.url)).create()
            session.client.set_retry_policies(
                [DefaultPolicy(max_retries=_ATTEMPTS, max_backoff=10_000)]
            )
            for name, value in _SETTINGS.items():
                session.conf.set(name, value)
        try:
            yield session
        finally:
            with suppress(Exception):  # a server that died cannot be told
                session.stop()


def _address(url: str) -> str:
    token = os.environ.get(TOKEN_VARIABLE)
    if not token:
        return url
    return f"{url if '/;' in url else f'{url}/'};token={token}"


def _demand_listening(settings: EngineSettings) -> None:
    """Ask once, and do not wait for minutes as the client would."""
    parts = urlsplit(settings.url)
    try:
        socket.create_connection(
            (parts.hostname or "", parts.port or _DEFAULT_PORT), settings.timeout_seconds
        ).close()
    except OSError as error:
        raise EngineError(
            f"The engine {settings.url} cannot be reached ({error.strerror or error}). Start it "
            '(docs/scale.md), or set `[engine] url = "duckdb"`. The published database is as it '
            "was."
        ) from error


@contextmanager
def _explained(url: str, name: str = "") -> Iterator[None]:
    """Say in one line what went wrong on the server."""
    import grpc
    from pyspark.errors import PySparkException

    try:
        with warnings.catch_warnings():
            # The client's own words for what is said below.
            warnings.filterwarnings("ignore", r"\[RETRIES_EXCEEDED\]", UserWarning)
            yield
    except (PySparkException, grpc.RpcError, OSError) as error:
        about = f" at {name}" if name else ""
        raise EngineError(
            f"The engine {url} failed{about}: {_first_line(error)}. The published database is as "
            "it was."
        ) from error


# How the client of gRPC shows an error: what the other side said stands in quotation marks.
_DETAILS = re.compile(r'^\s*details = "(.*)"$', re.MULTILINE)


def _first_line(error: Exception) -> str:
    message = str(error)
    if found := _DETAILS.search(message):
        message = found[1]
    line = next((one.strip() for one in message.splitlines() if one.strip()), "")
    return redacted(line[:300].rstrip(".")) or type(error).__name__


class Spark:
    """A session on a server, which reads the listed parts of the event store.

    Parameters
    ----------
    session
        Of `connected`.
    url
        As the settings name the server.
    warehouse
        The database that is under construction, whose small tables the server is given.
    folder
        Of the event store; the answers are written below it.
    parts
        By kind, those that are read.
    """

    def __init__(
        self,
        session: Any,
        url: str,
        warehouse: Warehouse,
        folder: Path,
        parts: Mapping[str, Sequence[Path]],
    ) -> None:
        self.session, self.url, self.warehouse = session, url, warehouse
        self.folder, self.parts = folder.resolve(), parts
        self._files = {file.table: file for file in sql_files()}
        self._port = Port(
            self._files,
            lambda table: list(self._columns(table)),
            lambda query: warehouse.rows(query)[0][0],
        )
        self._shown: set[str] = set()

    @property
    def title(self) -> str:
        """Its name and version."""
        with _explained(self.url):
            return f"Spark {self.session.version} at {self.url}"

    def build(self, file: SqlFile) -> None:
        """Build a table of `sql/` on the server, and take it into the database.

        Raises
        ------
        Unportable
            The statement holds something that the server may understand otherwise.
        EngineError
            The server failed, or does not share the store's folder.
        """
        ported = self._port.file(file)
        types = self.warehouse.rows(f"describe {file.query}")
        with self._answered(ported, file.table) as paths:
            given = read_parquet(paths) if paths else None
            columns = ", ".join(f'"{name}"::{kind} as "{name}"' for name, kind, *_ in types)
            nulls = ", ".join(f'null::{kind} as "{name}"' for name, kind, *_ in types)
            chosen = f"select {columns} from {given}" if given else f"select {nulls} limit 0"  # noqa: S608
            self.warehouse.execute(
                f"create or replace table {file.table} as {chosen} {ported.order}",
                where=file.table,
            )

    def frame(self, query: str, name: str) -> pd.DataFrame:
        """Return the rows of a query over the events.

        Raises
        ------
        Unportable, EngineError
            As of `build`.
        """
        ported = self._port.query(query.strip().rstrip(";"), name)
        self._show(ported)
        with _explained(self.url, name):
            found: pd.DataFrame = self.session.sql(ported.text).toArrow().to_pandas()
        return found

    @contextmanager
    def _answered(self, ported: Ported, name: str) -> Iterator[list[Path]]:
        """Have the server write the rows of a query; yields the files until the block ends."""
        self._show(ported)
        folder = self.folder / "tmp" / f"engine-{uuid.uuid4().hex[:16]}"
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            with _explained(self.url, name):
                self.session.sql(ported.text).write.parquet(_uri(folder))
                n_written = self.session.read.parquet(_uri(folder)).count()
            paths = sorted(folder.rglob("*.parquet"))
            n_found = self._n_rows(paths)
            if n_found != n_written:
                raise EngineError(
                    f"The engine {self.url} wrote {n_written} rows of {name} into {folder}, and "
                    f"{n_found} arrived here: it has to share this folder with this machine "
                    "(docs/scale.md). The published database is as it was."
                )
            yield paths
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _n_rows(self, paths: Sequence[Path]) -> int:
        if not paths:
            return 0
        counted = self.warehouse.rows(f"select count(*) from {read_parquet(paths)}")  # noqa: S608
        return int(counted[0][0])

    def _show(self, ported: Ported) -> None:
        """Let the server know the parts and tables that a query reads, once each."""
        for kind in ported.parts:
            if (name := port.view_of_parts(kind)) not in self._shown:
                self._show_parts(kind, name)
                self._shown.add(name)
        for table in ported.tables:
            if table not in self._shown:
                self._show_table(table)
                self._shown.add(table)

    def _show_parts(self, kind: str, name: str) -> None:
        columns = {**PART_COLUMNS[kind], "source": "varchar"}
        kinds = {one: port.TYPES[type_.upper()] for one, type_ in columns.items()}
        schema = ", ".join(f"{one} {kind}" for one, kind in kinds.items())
        nulls = ", ".join(f"CAST(NULL AS {kind}) AS {one}" for one, kind in kinds.items())
        paths = [_uri(path) for path in self.parts.get(kind, ())]
        with _explained(self.url, f"the parts of the event store in {self.folder}"):
            frame = (
                self.session.read.schema(schema).parquet(*paths)
                if paths
                else self.session.sql(f"SELECT {nulls} LIMIT 0")
            )
            frame.createOrReplaceTempView(name)

    def _show_table(self, table: str) -> None:
        file = self._files.get(table)
        with _explained(self.url, table):
            if file is not None and file.is_view:
                ported = self._port.file(file)
                self._show(ported)
                frame = self.session.sql(ported.text)
            else:
                chosen = ", ".join(
                    f'"{name}"::{kind} as "{name}"' for name, kind in self._columns(table).items()
                )
                frame = self.session.createDataFrame(
                    self.warehouse.arrow(f"select {chosen} from {table}")  # noqa: S608
                )
            frame.createOrReplaceTempView(port.view_of(table))

    def _columns(self, table: str) -> dict[str, str]:
        """Return the columns of a table that the server can have, with their types in DuckDB.

        A list or a map cannot be sent; a statement that reads one fails there by its name.
        """
        found = {}
        for name, kind, *_ in self.warehouse.rows(f"describe {table}"):
            plain = "VARCHAR" if kind.startswith("ENUM(") else kind
            plain = "SMALLINT" if plain in ("TINYINT", "UTINYINT") else plain
            if plain in port.TYPES:
                found[name] = plain
        return found


def _uri(path: Path) -> str:
    if _PATTERN.search(str(path)):
        raise EngineError(
            f"{path}: expected a folder without any of []{{}}*?\\ in its name, which Spark takes "
            'for patterns. Move the study, or set `[engine] url = "duckdb"`.'
        )
    return f"file://{path}"
