"""A shell over the published database: SQL until a semicolon, and a few dot commands.

It has no more rights than `detente sql`: it asks through `Published`, which only reads. A mistake
is shown and the shell goes on. It keeps the database that it opened, however often a refresh swaps
the file, until `.reload`.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from detente.base.errors import DetenteError, UsageError
from detente.database import queries
from detente.database.answer import Answer
from detente.database.published import Published
from detente.database.statements import is_finished

PROMPT, CONTINUED = "detente> ", "    ...> "
FORMATS = ("table", "csv", "json")
_KEPT_LINES = 2000
HELP = """\
SQL ends with a semicolon and may span lines. Ctrl-C stops a query or drops what is typed.
.tables             every table and view, and what it holds
.schema TABLE       its columns, their types and what they mean
.queries            the named queries
.run NAME           run a named query or a file of SQL
.explain SQL        how a query would be carried out
.format FORMAT      table, csv or json
.reload             read the newest published database
.help               this list
.quit               leave; Ctrl-D does too"""


@dataclass
class Shell:
    """A conversation with the published database.

    Attributes
    ----------
    open
        Opens the published database.
    read_line
        Returns the next line for a prompt; raises EOFError at the end and KeyboardInterrupt.
    show
        Prints an answer in a format.
    say
        Prints a line that is no data.
    """

    open: Callable[[], Published]
    read_line: Callable[[str], str]
    show: Callable[[Answer, str], None]
    say: Callable[[str], None]
    timeout_seconds: float | None = None
    form: str = "table"
    _database: Published | None = field(default=None, repr=False)
    _opened: tuple[int, int] = (0, 0)

    @property
    def database(self) -> Published:
        """The database as it was when the shell opened it."""
        if self._database is None:
            self._database = self.open()
            self._opened = _identity(Path(self._database.path))
        return self._database

    def run(self) -> None:
        """Read and answer until the user leaves."""
        self.say(f"{self.database.path}, read-only. `.help` lists the commands, `.quit` leaves.")
        try:
            for statement in self._statements():
                if statement in (".quit", ".exit"):
                    return
                self.answer(statement)
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the database."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def answer(self, statement: str) -> None:
        """Carry out one statement or dot command; what goes wrong is said, not raised."""
        try:
            if statement.startswith("."):
                self._command(statement)
            else:
                self._ask(statement)
        except DetenteError as error:
            self.say(f"Error: {error}")
        except KeyboardInterrupt:
            self.say("Stopped.")
        self._tell_of_news()

    def _ask(self, statement: str) -> None:
        self.show(self.database.ask(statement, self.timeout_seconds), self.form)

    def _statements(self) -> Iterator[str]:
        """Yield what is typed: a dot command a line, or lines up to a semicolon."""
        typed: list[str] = []
        while True:
            try:
                line = self.read_line(CONTINUED if typed else PROMPT)
            except EOFError:
                return
            except KeyboardInterrupt:
                typed = []
                self.say("")
                continue
            if not typed and (not line.strip() or line.lstrip().startswith(".")):
                if line.strip():
                    yield line.strip()
                continue
            typed.append(line)
            text = "\n".join(typed)
            if is_finished(text):
                typed = []
                yield text

    # -- dot commands ----------------------------------------------------------------------------

    def _command(self, line: str) -> None:
        name, _, rest = line.partition(" ")
        commands: dict[str, Callable[[str], None]] = {
            ".help": self._help,
            ".tables": self._tables,
            ".schema": self._schema,
            ".queries": self._queries,
            ".run": self._run,
            ".explain": self._explain,
            ".format": self._format,
            ".reload": self._reload,
        }
        if name not in commands:
            raise UsageError(f"Expected one of {', '.join(commands)}, .quit; got {name!r}.")
        commands[name](rest.strip().rstrip(";").strip())

    def _help(self, _: str) -> None:
        self.say(HELP)

    def _tables(self, _: str) -> None:
        self.show(Answer.of_frame(self.database.frame(queries.TABLES)), "table")

    def _schema(self, table: str) -> None:
        if not table:
            raise UsageError("Expected a table, for instance `.schema core.event`.")
        frame = self.database.frame(
            "select column_name, data_type, comment from duckdb_columns() "
            "where lower(schema_name || '.' || table_name) = lower(?) order by column_index",
            [table],
        )
        if frame.empty:
            raise UsageError(f"Expected a table that `.tables` lists, got {table!r}.")
        self.show(Answer.of_frame(frame), "table")

    def _queries(self, _: str) -> None:
        for query in queries.named().values():
            self.say(f"{query.name}  {query.question}")

    def _run(self, name: str) -> None:
        if not name:
            raise UsageError("Expected a named query (`.queries` lists them) or a file of SQL.")
        self._ask(queries.resolve(name))

    def _explain(self, text: str) -> None:
        if not text:
            raise UsageError("Expected SQL or the name of a query.")
        self.say(queries.explain(self.database, queries.resolve(text), self.timeout_seconds))

    def _format(self, form: str) -> None:
        if form not in FORMATS:
            raise UsageError(f"Expected {', '.join(FORMATS)}; got {form!r}.")
        self.form = form

    def _reload(self, _: str) -> None:
        self.close()
        self.say(f"{self.database.path}, opened anew.")

    def _tell_of_news(self) -> None:
        with contextlib.suppress(OSError):
            now = _identity(Path(self.database.path))
            if now != self._opened:
                self._opened = now
                self.say("A newer database was published; `.reload` reads it.")


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_ino, status.st_mtime_ns


# -- the terminal --------------------------------------------------------------------------------


def history_path() -> Path:
    """Return where what was typed is kept: the user's folder of states, by the XDG rules."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "detente" / "sql_history"


@contextlib.contextmanager
def line_editing(database: Published) -> Iterator[None]:
    """Edit lines with the keys of a shell, keep what was typed, complete names with Tab.

    Without the `readline` module, or without a folder to write to, lines are read all the same.
    """
    try:
        import readline
    except ImportError:  # some builds of Python lack it
        yield
        return
    path = history_path()
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        readline.read_history_file(path)
    readline.set_history_length(_KEPT_LINES)
    readline.set_completer(Completer(words(database)))
    readline.set_completer_delims(" \t\n(),;=<>")
    readline.parse_and_bind("tab: complete")
    try:
        yield
    finally:
        readline.set_completer(None)
        with contextlib.suppress(OSError):
            readline.write_history_file(path)


@dataclass(frozen=True)
class Completer:
    """Offers the names that begin with what is typed, one a call, as readline asks for them."""

    names: tuple[str, ...]

    def __call__(self, text: str, state: int) -> str | None:
        """Return the name in this place; None when there are no more."""
        found = [name for name in self.names if name.startswith(text.lower())]
        return found[state] if state < len(found) else None


def words(database: Published) -> tuple[str, ...]:
    """Return what can be completed: dot commands, tables, columns and named queries."""
    frame = database.frame(
        "select schema_name || '.' || table_name as name from duckdb_tables() "
        "union select schema_name || '.' || view_name from duckdb_views() where not internal "
        "union select column_name from duckdb_columns() where not internal"
    )
    dots = [line.split()[0] for line in HELP.splitlines() if line.startswith(".")]
    return tuple(sorted({*dots, *frame["name"], *queries.named()}))
