"""A process of its own that asks one published database and can do nothing else.

Run as `python -m detente.database.worker`. It writes no file, reaches no network (but the object
store, where the events lie in one) and takes no more memory than it is allowed, because the
operating system says so; whoever started it ends it when the time is up. Standard input is a
socket: it brings the open file, what to do with it, then requests, as JSON. Answers go to standard
output as messages of one letter and its content (see `detente.database.sandbox`). Little is
imported, and that before the file is known: the time to start counts for every question.
"""

from __future__ import annotations

import json
import os
import pickle
import re
import socket
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detente.base.errors import DetenteError, NotPublished, QueryError, UsageError
from detente.database import confinement
from detente.database.quoting import identifier

if TYPE_CHECKING:
    import duckdb

# What an answer needs beside the database's own memory: the rows under way and the interpreter.
BESIDE = 96 << 20
ROWS_A_MESSAGE = 5_000
# Imported while whoever asks is still starting; none of them starts a thread.
_NEEDED = ("duckdb", "detente.database.reader", "detente.database.statements")
_UNITS = {"bytes": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}
_SIZE = re.compile(r"([\d.]+)\s*(\w+)")


def main() -> None:
    """Answer until standard input ends."""
    confinement.ending_with_parent()
    for module in _NEEDED:
        import_module(module)
    requests = socket.socket(fileno=os.dup(0))
    descriptors = socket.recv_fds(requests, 1, 1)[1]
    if not descriptors:  # nothing will be asked
        return
    answer_all(Connection(requests.detach()), descriptors[0])


def answer_all(requests: Connection, descriptor: int) -> None:
    """Open the file of a descriptor as the first message says, and answer those that follow."""
    opening = json.loads(requests.recv_bytes())
    if opening["is_remote"]:
        from detente.database import remote

        # Its thread alone keeps the way to the network, and fetches what DuckDB is allowed.
        remote.start()
    confinement.without_writing()
    answers = Connection(os.dup(1), readable=False)
    # What a library prints must not come between the messages.
    os.dup2(2, 1)
    try:
        con = opened(opening["path"], descriptor, opening["memory_limit"], opening["beside"])
        n_bytes = limit_in_bytes(con)
    except NotPublished as error:
        answers.send_bytes(b"N" + str(error).encode())
        return
    except UsageError as error:
        answers.send_bytes(b"W" + str(error).encode())
        return
    confinement.with_memory(n_bytes + BESIDE)
    answers.send_bytes(b"O" + str(n_bytes).encode())
    while True:
        try:
            request = json.loads(requests.recv_bytes())
        except EOFError:
            return
        for message in answered(con, request):
            answers.send_bytes(message)


def opened(
    path: str, descriptor: int, memory_limit: str, beside: Mapping[str, str]
) -> duckdb.DuckDBPyConnection:
    """Open the file of a descriptor for reading, by its name as long as that is its name.

    Parameters
    ----------
    beside
        CSV files that become tables of this connection, by name.

    Raises
    ------
    NotPublished
        It is no database that this version of DuckDB reads.
    UsageError
        A file beside it is no CSV.
    """
    import duckdb

    from detente.database import reader

    try:
        is_there = os.path.samestat(Path(path).stat(), os.fstat(descriptor))
    except OSError:
        is_there = False
    try:
        con = duckdb.connect(
            path if is_there else f"/dev/fd/{descriptor}",
            read_only=True,
            # No file to spill to could be written; where memory ends, the query does.
            config={"memory_limit": memory_limit, "temp_directory": ""},
        )
        con.execute("set timezone = 'UTC'")
        for name, file in beside.items():
            read_beside(con, name, file)
        reader.lock_down(con, Path(path), is_alone=True)
    except duckdb.Error as error:
        raise reader.unreadable(path, error) from error
    return con


def read_beside(con: duckdb.DuckDBPyConnection, name: str, file: str) -> None:
    """Make a CSV file a temporary table, whole: the file itself is out of reach later on."""
    import duckdb

    from detente.database import reader

    taken = con.execute(
        "select schema_name from duckdb_views() where view_name = ? and schema_name = 'main' "
        "union all select schema_name from duckdb_tables() where table_name = ? "
        "and schema_name = 'main'",
        [name, name],
    ).fetchall()
    if taken:
        raise UsageError(f"--with {name}: the database has a view of that name; choose another.")
    # As a pattern, of which none of its characters is one: else `*.csv` reads others, too.
    read = f"csv('{reader.pattern(file)}', allow_quoted_nulls = false)"
    try:
        con.execute(f"create temp table {identifier(name)} as from read_{read}")
        columns = [row[0] for row in con.execute(f"describe {identifier(name)}").fetchall()]
        ((n_skipped, has_header),) = con.execute(
            f"select SkipRows, HasHeader from sniff_{read}"  # noqa: S608  # a literal
        ).fetchall()
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        raise UsageError(f"--with {name}: {file} cannot be read as CSV: {first}") from error
    if not Path(file).stat().st_size:
        raise UsageError(f"--with {name}: {file} is empty; expected a header and lines of values.")
    # What DuckDB makes of lines of different lengths: one column, or the last lines alone.
    if (len(columns) == 1 and re.search(r"[,;\t|]", columns[0])) or (n_skipped and not has_header):
        raise UsageError(
            f"--with {name}: {file} cannot be read as CSV: expected as many values in every line "
            "as in its header."
        )


def limit_in_bytes(con: duckdb.DuckDBPyConnection) -> int:
    """Return the limit of memory as DuckDB understood it."""
    text = str(con.execute("select current_setting('memory_limit')").fetchall()[0][0])
    match = _SIZE.fullmatch(text)
    return int(float(match[1]) * _UNITS[match[2]]) if match else 0


def answered(con: duckdb.DuckDBPyConnection, request: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield the messages that answer a request.

    They are columns (C), rows (R) and their number (.), or why there is no answer: an error (E)
    or the limit of memory (M).
    """
    import duckdb

    from detente.database import reader, statements

    max_rows, n_rows = request["max_rows"], 0
    try:
        statements.demand_reading(con, request["text"])
        result = con.execute(request["text"])
        described = result.description or []
        types = [str(column[1]) for column in described]
        yield b"C" + pickle.dumps(([str(column[0]) for column in described], types))
        zoned = [place for place, kind in enumerate(types) if "TIME ZONE" in kind]
        while described and (rows := result.fetchmany(ROWS_A_MESSAGE)):
            n_rows += len(rows)
            if max_rows is not None and n_rows > max_rows:
                raise QueryError(f"Expected at most {max_rows} rows, got more. Narrow the query.")
            yield b"R" + pickle.dumps(_in_utc(rows, zoned) if zoned else rows)
        yield b"." + str(n_rows).encode()
    except QueryError as error:
        yield b"E" + str(error).encode()
    except (MemoryError, duckdb.OutOfMemoryException) as error:
        first = (str(error).splitlines() or ["out of memory"])[0]
        yield b"M" + first.encode()
    except (duckdb.Error, DetenteError, RuntimeError) as error:
        yield b"E" + reader.said(error).encode()


def _in_utc(rows: list[tuple[Any, ...]], zoned: list[int]) -> list[tuple[Any, ...]]:
    """Write moments with a zone in UTC, so that no library of zones is needed to read them."""
    written = [list(row) for row in rows]
    for row in written:
        for place in zoned:
            moment = row[place]
            if isinstance(moment, datetime):
                # Infinity comes as the last moment that Python knows, without a zone.
                has_zone = moment.tzinfo is not None
                row[place] = moment.astimezone(UTC) if has_zone else moment.replace(tzinfo=UTC)
    return [tuple(row) for row in written]


if __name__ == "__main__":
    main()
