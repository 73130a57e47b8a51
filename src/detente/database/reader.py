"""Read a database through a connection that another part of the program opened."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import duckdb

from detente.base.errors import NotPublished
from detente.database import remote
from detente.database.quoting import inside

# What DuckDB says of the program that holds a file, where the system tells.
_HOLDER = re.compile(r"lock is held in (.+? \(PID \d+\))")

if TYPE_CHECKING:
    import pandas as pd

# Of a statement: by place (`?`) or by name (`$name`).
Parameters = Sequence[Any] | Mapping[str, Any]


def bound(parameters: Parameters) -> list[Any] | dict[str, Any]:
    """Return parameters as DuckDB takes them."""
    return dict(parameters) if isinstance(parameters, Mapping) else list(parameters)


class Readable(Protocol):
    """What can be asked in SQL: a database under construction, or the published one."""

    def execute(
        self, statement: str, parameters: Parameters = (), where: str = ""
    ) -> duckdb.DuckDBPyConnection:
        """Run one of the program's own statements."""
        ...

    def rows(self, query: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        return self.execute(query, parameters).fetchall()

    def dicts(self, query: str, parameters: Parameters = ()) -> list[dict[str, Any]]:
        """Return all rows of a query, each by column name."""
        result = self.execute(query, parameters)
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def frame(self, query: str, parameters: Parameters = ()) -> pd.DataFrame:
        """Return a query as a data frame."""
        return self.execute(query, parameters).df()

    def columns(self, table: str) -> list[str]:
        """Return a table's columns in order."""
        return [row[0] for row in self.rows(f"describe {table}")]


# Says where the parts of the event store are; the views of the published database read it.
FOLDER_VARIABLE = "detente_events"
_WILD = re.compile(r"([\[?*])")


def pattern(path: Path | str) -> str:
    """Return a path as the inside of a text literal that DuckDB takes as a pattern of names."""
    return inside(_WILD.sub(r"[\1]", str(path)))


def said(error: Exception) -> str:
    """Return what DuckDB says of a failure, without the lines of Python's stack.

    It repeats them where a file of an object store, which Python reads for it, cannot be read.
    """
    text = str(error)
    return text.rstrip().splitlines()[-1] if text.startswith("Traceback ") else text


def lock_down(con: duckdb.DuckDBPyConnection, database: Path, *, is_alone: bool = False) -> None:
    """Allow the parts of the event store that a published database reads, and nothing else.

    Files by name, not their folder. DuckDB allows more than is asked for: what may be read may
    also be written, the database's own file among it. That is why ad-hoc statements are examined
    and run in a process that cannot write (`detente.database.sandbox`).

    Parameters
    ----------
    is_alone
        Nothing else in the process uses DuckDB: where there are no parts, local files are
        switched off altogether.

    Notes
    -----
    Parts are looked for beside the database, then where it was built; those of an object store
    are read there.
    """
    if con.execute("select current_setting('lock_configuration')").fetchall()[0][0]:
        return  # this process has the same file open; its doors are shut already
    paths = parts_of(con)
    beside = database.resolve().parent
    if reach(con):
        allowed = _where_built(con)
    elif paths and (beside / paths[0]).is_file():
        # The study may have been moved, copied or mounted: its own parts are read, beside it.
        folder = pattern(beside / Path(paths[0]).parts[0])
        con.execute(f"set variable {FOLDER_VARIABLE} = '{folder}/'")
        allowed = [str(beside / path) for path in paths]
    elif paths:
        allowed = _where_built(con)
    else:
        allowed = []
    # A name with characters of patterns is asked for by its pattern first.
    listed = ", ".join(
        f"'{one}'" for path in allowed for one in dict.fromkeys((inside(path), pattern(path)))
    )
    con.execute(f"set allowed_paths = [{listed}]")
    con.execute("set enable_external_access = false")
    if is_alone and not paths:
        con.execute("set disabled_filesystems = 'LocalFileSystem'")
    con.execute("set lock_configuration = true")


def parts_of(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the parts of the event store that a database reads, relative to its folder."""
    if not _has(con, "path"):
        return []
    rows = con.execute("select path from meta.event_part order by path").fetchall()
    return [path for (path,) in rows]


def reach(con: duckdb.DuckDBPyConnection, database: str = "") -> bool:
    """Let a connection read the parts of a database in an object store; say whether there are any.

    Parameters
    ----------
    database
        The name of an attached one.
    """
    is_elsewhere = reads_elsewhere(con, database)
    if is_elsewhere:
        remote.let_read(con)
    return is_elsewhere


def reads_elsewhere(con: duckdb.DuckDBPyConnection, database: str = "") -> bool:
    """Say whether a database reads parts in an object store."""
    if not _has(con, "folder", database):
        return False
    table = f"{database}.meta.event_part" if database else "meta.event_part"
    folders = con.execute(f"select distinct folder from {table}").fetchall()  # noqa: S608
    return any(remote.is_remote(folder) for (folder,) in folders)


def _has(con: duckdb.DuckDBPyConnection, column: str, database: str = "") -> bool:
    """Say whether a database lists its parts with a column; one of an older layout may not."""
    table = f"{database}.meta.event_part" if database else "meta.event_part"
    try:
        # `duckdb_columns()` would prepare every view of the database first.
        con.execute(f"select {column} from {table} limit 0")  # noqa: S608
    except (duckdb.CatalogException, duckdb.BinderException):
        return False
    return True


def _where_built(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the same as the views name them where nothing says otherwise.

    A database that was copied without its study reads the parts where it was built.
    """
    rows = con.execute("select folder, path from meta.event_part").fetchall()
    return [f"{folder.rstrip('/')}/{path}" for folder, path in rows]


def unreadable(path: Path | str, error: Exception) -> NotPublished:
    """Return the error for a file that is no database, a damaged one, or one held elsewhere."""
    if "lock" in str(error) and (holder := _HOLDER.search(str(error))):
        return NotPublished(
            f"{path} is held by {holder[1]}, which opened it for writing. Close it there, or open "
            "it there read-only; nothing is wrong with the file."
        )
    return NotPublished(
        f"{path} cannot be opened: {error}. If it is damaged, delete it and run "
        "`detente refresh`: it can always be rebuilt from data/raw."
    )
