"""Ad-hoc queries of a published database, run in a process of its own that can only read it.

The process (`detente.database.worker`) opens the database for reading, and the operating system
takes from it every way to write files and all memory beyond the limit. It is killed when a query
runs longer than it may; the next question starts another.
"""

from __future__ import annotations

import atexit
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Self

from detente.base.errors import NotPublished, QueryError, UsageError
from detente.database.answer import Answer, unpacked

START_SECONDS = 60.0


class Sandbox:
    """Asks one published database. Use as a context manager.

    It asks the file that had the name when it was opened, whatever is published later.

    Parameters
    ----------
    descriptor
        Of the file, where it is open already; its name may be another file's by now.
    beside
        CSV files that a query may read as tables, by name; nothing else of the disk.
    is_remote
        Whether the database reads files of an object store: the process may reach it then.

    Raises
    ------
    NotPublished
        There is no file of that name.
    """

    def __init__(
        self,
        path: Path,
        memory_limit: str = "2GB",
        descriptor: int | None = None,
        beside: Mapping[str, Path] | None = None,
        *,
        is_remote: bool = False,
    ) -> None:
        self.path, self.memory_limit, self.beside = path, memory_limit, beside or {}
        self._is_remote = is_remote
        try:
            self._file = os.open(path, os.O_RDONLY) if descriptor is None else os.dup(descriptor)
        except OSError:
            raise NotPublished(f"No database at {path} yet. Run `detente refresh` first.") from None
        self._worker: _Worker | None = self._started()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process and close the file."""
        self._end()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _started(self) -> _Worker:
        return _Worker(
            self.path, self._file, self.memory_limit, self.beside, is_remote=self._is_remote
        )

    def _end(self) -> None:
        if self._worker is not None:
            self._worker.end()
            self._worker = None

    def ask(
        self, statement: str, timeout_seconds: float | None = None, max_rows: int | None = None
    ) -> Answer:
        """Return the answer to one statement that only reads.

        Raises
        ------
        QueryError
            The text is not one query, fails, runs longer than `timeout_seconds`, needs more memory
            than the limit, or answers with more than `max_rows` rows.
        NotPublished
            The file is no database that can be read.
        """
        if self._worker is None:
            self._worker = self._started()
        try:
            return self._worker.ask(statement, timeout_seconds, max_rows)
        except BaseException as error:
            # A refusal leaves the process ready for the next question; all else ends it.
            if not (isinstance(error, QueryError) and self._worker.is_ready):
                self._end()
            raise


class _Process:
    """The process before it knows what it is asked: it imports what it needs, then waits."""

    def __init__(self) -> None:
        self.environment = dict(os.environ)
        self._ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "detente.database.worker"],
                stdin=theirs.fileno(),
                stdout=subprocess.PIPE,
                # What this process can import, that one can, however it was made importable here.
                env={**self.environment, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        assert self.process.stdout is not None
        self.answers = Connection(os.dup(self.process.stdout.fileno()), writable=False)
        self.process.stdout.close()

    def end(self) -> None:
        """Kill the process, which was asked nothing."""
        self.process.kill()
        self.process.wait()
        self._ours.close()
        self.answers.close()

    def hand_over(self, descriptor: int, opening: bytes) -> Connection:
        """Hand over the open file and what to do with it; return the way for questions."""
        # If the process has ended already, reading its first answer reports that.
        with suppress(BrokenPipeError, ConnectionResetError):
            socket.send_fds(self._ours, [b"F"], [descriptor])
        requests = Connection(self._ours.detach())
        with suppress(BrokenPipeError, ConnectionResetError):
            requests.send_bytes(opening)
        return requests


# At most one, for the question that a command line is about to ask.
_waiting: list[_Process] = []


def prepare() -> None:
    """Start the process of the next sandbox; if none is opened, it ends with this one."""
    if not _waiting:
        _waiting.append(_Process())


def _process() -> _Process:
    """Return the process that waits, or a new one where it knows another environment.

    The environment tells where an object store is, and lets it be read.
    """
    if _waiting and _waiting[0].environment != os.environ:
        _end_waiting()
    return _waiting.pop() if _waiting else _Process()


@atexit.register
def _end_waiting() -> None:
    """End the process that no sandbox was opened for."""
    while _waiting:
        _waiting.pop().end()


class _Worker:
    """The process, from the opening of the database to its end."""

    def __init__(
        self,
        path: Path,
        descriptor: int,
        memory_limit: str,
        beside: Mapping[str, Path],
        *,
        is_remote: bool,
    ) -> None:
        self.memory_limit = memory_limit
        self.is_ready = False
        self._n_bytes: int | None = None
        started = _process()
        opening = {
            "path": str(path),
            "memory_limit": memory_limit,
            "is_remote": is_remote,
            "beside": {name: str(file) for name, file in beside.items()},
        }
        self._process, self._answers = started.process, started.answers
        self._requests = started.hand_over(descriptor, json.dumps(opening).encode())

    def end(self) -> None:
        """Kill the process; it holds nothing that would be lost."""
        self._process.kill()
        self._process.wait()
        self._requests.close()
        self._answers.close()

    def _wait_until_open(self) -> int:
        """Wait for the database to be open; return the limit of memory in bytes."""
        if self._n_bytes is None:
            kind, content = self._received(time.monotonic() + START_SECONDS, START_SECONDS)
            if kind == b"N":
                raise NotPublished(content.decode())
            if kind == b"W":
                raise UsageError(content.decode())
            self._n_bytes = int(content)
        return self._n_bytes

    def ask(self, statement: str, seconds: float | None, max_rows: int | None) -> Answer:
        """Send a question and collect its answer."""
        n_bytes = self._wait_until_open()
        self.is_ready = False
        deadline = None if seconds is None else time.monotonic() + seconds
        with self._translated():
            request = {"text": statement, "max_rows": max_rows}
            self._requests.send_bytes(json.dumps(request).encode())
        names, kinds = unpacked(self._message(deadline, seconds)[1])
        pieces: list[bytes] = []
        n_packed = 0
        while (message := self._message(deadline, seconds))[0] == b"R":
            pieces.append(message[1])
            n_packed += len(message[1])
            if n_packed > n_bytes // 2:
                raise QueryError(
                    f"The answer needs more memory than query.memory_limit ({self.memory_limit}) "
                    "allows. Narrow the query, or raise the limit in detente.toml."
                )
        self.is_ready = True
        return Answer(tuple(names), tuple(kinds), tuple(pieces), int(message[1]))

    def _message(self, deadline: float | None, seconds: float | None) -> tuple[bytes, bytes]:
        """Return the next part of an answer.

        Raises
        ------
        QueryError
            There is no answer: the message says why.
        """
        kind, content = self._received(deadline, seconds or 0.0)
        if kind in (b"E", b"M"):
            self.is_ready = True
            text = content.decode()
            if kind == b"M":
                text += (
                    f". query.memory_limit in detente.toml allows {self.memory_limit}: narrow the "
                    "query, or raise it."
                )
            raise QueryError(text)
        return kind, content

    def _received(self, deadline: float | None, seconds: float) -> tuple[bytes, bytes]:
        left = None if deadline is None else max(deadline - time.monotonic(), 0.0)
        with self._translated():
            if not self._answers.poll(left):
                raise QueryError(
                    f"The query ran longer than {seconds:g} s and was stopped. Narrow it, or raise "
                    "query.timeout_seconds in detente.toml."
                )
            message = self._answers.recv_bytes()
        return message[:1], message[1:]

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Say in words that the process has ended."""
        try:
            yield
        except (EOFError, BrokenPipeError, ConnectionResetError) as error:
            raise QueryError(
                "The process that answers ended unexpectedly; the query may need more memory than "
                f"query.memory_limit ({self.memory_limit}) allows. The database is as it was."
            ) from error
