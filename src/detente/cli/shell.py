"""A shell over the published database: SQL until a semicolon, and a few dot commands.

It has no more rights than `detente sql`: it asks through `Published`, which only reads. A mistake
is shown and the shell goes on. It keeps the database that it opened, however often a refresh swaps
the file, until `.reload`.
"""

from __future__ import annotations

import contextlib
import difflib
import fnmatch
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from detente.base.errors import DetenteError, UsageError
from detente.cli.terminal import MOST_ROWS
from detente.database import queries
from detente.database.answer import Answer
from detente.database.published import Published
from detente.database.statements import is_finished

PROMPT, CONTINUED = "detente> ", "    ...> "
FORMATS = ("table", "csv", "json")
# What other shells call these commands.
_ELSEWHERE = {
    "\\d": ".schema NAME or .tables", "\\dt": ".tables", "\\l": ".tables", "\\q": ".quit",
    "\\?": ".help", "\\h": ".help", "\\i": ".run FILE", "\\df": ".tables", "\\dv": ".tables",
    "\\x": ".format json", "exit": ".quit", "quit": ".quit", "help": ".help",
}  # fmt: skip
_KEPT_LINES = 2000
HELP = """\
SQL ends with a semicolon and may span lines. Ctrl-C stops a query or drops what is typed.
.tables [PATTERN]   tables, views and macros whose name holds the pattern, and what they hold
.schema NAME        the columns of a table or view and what they mean; how a macro is called
.queries            the named queries
.run NAME           run a named query or a file of SQL
.explain SQL        how a query would be carried out
.format FORMAT      table, csv or json
.rows N             rows of a table that are shown at most, or `all`
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
        Prints an answer in a format; of a table so many rows at most.
    say
        Prints a line that is no data.
    own_queries
        Folder of the study's own named queries.
    """

    open: Callable[[], Published]
    read_line: Callable[[str], str]
    show: Callable[[Answer, str, int | None], None]
    say: Callable[[str], None]
    timeout_seconds: float | None = None
    own_queries: Path | None = None
    form: str = "table"
    most_rows: int | None = MOST_ROWS
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
            elif statement.startswith(("\\", "!")) or statement in _ELSEWHERE:
                self._elsewhere(statement)
            else:
                self._ask(statement)
        except DetenteError as error:
            self.say(f"Error: {error}")
        except KeyboardInterrupt:
            self.say("Stopped.")
        self._print_news()

    def _ask(self, statement: str) -> int:
        """Show an answer; return how many rows it has."""
        answer = self.database.ask(statement, self.timeout_seconds)
        self.show(answer, self.form, self.most_rows)
        if hint := queries.misspelt(self.database, statement):
            self.say(hint)
        if self.form == "table" and self.most_rows is not None and answer.n_rows > self.most_rows:
            self.say("`.rows all` shows every row; `detente sql QUERY --output FILE` keeps them.")
        return answer.n_rows

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
            # A command is carried out at once, also between the lines of a statement.
            if self._is_command(line, at_start=not typed):
                yield line.strip()
                continue
            if not typed and not line.strip():
                continue
            typed.append(line)
            text = "\n".join(typed)
            if is_finished(text):
                typed = []
                yield text

    # -- dot commands ----------------------------------------------------------------------------

    def _is_command(self, line: str, *, at_start: bool) -> bool:
        """Say whether a line is no SQL; within a statement only a command that there is."""
        first = (line.split() or [""])[0]
        if at_start:
            return first[:1] in (".", "\\", "!") or line.strip().rstrip(";") in _ELSEWHERE
        return first in self._commands() or first in (".quit", ".exit")

    def _elsewhere(self, line: str) -> None:
        """Say how a command of another shell is called here."""
        here = _ELSEWHERE.get(line.split()[0].rstrip(";+"), ".help")
        raise UsageError(f"Commands begin with a dot here: try `{here}`; `.help` lists them.")

    def _commands(self) -> dict[str, Callable[[str], None]]:
        return {
            ".help": self._help,
            ".tables": self._tables,
            ".schema": self._schema,
            ".queries": self._queries,
            ".run": self._run,
            ".explain": self._explain,
            ".format": self._format,
            ".rows": self._rows,
            ".reload": self._reload,
        }

    def _command(self, line: str) -> None:
        name, _, rest = line.partition(" ")
        commands = self._commands()
        if name not in commands:
            raise UsageError(f"Expected one of {', '.join(commands)}, .quit; got {name!r}.")
        commands[name](rest.strip().rstrip(";").strip())

    def _help(self, _: str) -> None:
        self.say(HELP)

    def _tables(self, pattern: str) -> None:
        frame = self.database.frame(queries.TABLES)
        if pattern:
            wanted = pattern.lower().replace("%", "*")
            glob = wanted if "*" in wanted or "?" in wanted else f"*{wanted}*"
            frame = frame[[fnmatch.fnmatch(name.lower(), glob) for name in frame["name"]]]
            if frame.empty:
                raise UsageError(
                    f"No table, view or macro has a name like {pattern!r}.{self._nearest(pattern)}"
                )
        self.show(Answer.of_frame(frame), "table", None)

    def _schema(self, name: str) -> None:
        if not name:
            raise UsageError("Expected a table, view or macro, for instance `.schema event`.")
        schema, table, parameters, comment = self._found(name)
        if parameters:
            self.say(f"{schema}.{table}{parameters}")
            self.say(comment)
            return
        frame = self.database.frame(
            "select column_name, data_type, comment from duckdb_columns() "
            "where schema_name = ? and table_name = ? order by column_index",
            [schema, table],
        )
        self.say(f"{schema}.{table}: {comment}")
        self.show(Answer.of_frame(frame), "table", None)

    def _found(self, name: str) -> tuple[str, str, str, str]:
        """Find what a name means: with its schema, or bare, the curated layer first."""
        bare = name.lower().partition("(")[0].strip()
        known = self.database.rows(queries.NAMES)
        found = [row for row in known if bare in (row[1].lower(), f"{row[0]}.{row[1]}".lower())]
        found = [row for row in found if row[0] == "main"] or found
        if len(found) == 1:
            return found[0]
        if not found:
            raise UsageError(
                f"Expected a name that `.tables` lists, got {name!r}.{self._nearest(bare)}"
            )
        names = " or ".join(f"{row[0]}.{row[1]}" for row in found)
        raise UsageError(f"{name!r} may be {names}.")

    def _nearest(self, name: str) -> str:
        """Say which names are like one that does not exist."""
        known = {row[1]: row[0] for row in self.database.rows(queries.NAMES)}
        near = difflib.get_close_matches(name.rpartition(".")[2], known, cutoff=0.5)
        full = [one if known[one] == "main" else f"{known[one]}.{one}" for one in near]
        return f" Did you mean {' or '.join(full)}?" if full else ""

    def _rows(self, number: str) -> None:
        if number != "all" and not number.isdecimal():
            raise UsageError(f"Expected a number of rows or `all`, got {number!r}.")
        self.most_rows = None if number == "all" else int(number)

    def _queries(self, _: str) -> None:
        for query in queries.named(self.own_queries).values():
            self.say(f"{query.name}  {query.question}")

    def _run(self, name: str) -> None:
        if not name:
            raise UsageError("Expected a named query (`.queries` lists them) or a file of SQL.")
        n_rows = self._ask(queries.statement(self.database, name, self.own_queries))
        if not n_rows and (hint := queries.nothing(self.database, name, self.own_queries)):
            self.say(hint)

    def _explain(self, text: str) -> None:
        if not text:
            raise UsageError("Expected SQL or the name of a query.")
        found = queries.statement(self.database, text, self.own_queries)
        self.say(queries.explain(self.database, found, self.timeout_seconds))

    def _format(self, form: str) -> None:
        if form not in FORMATS:
            raise UsageError(f"Expected {', '.join(FORMATS)}; got {form!r}.")
        self.form = form

    def _reload(self, _: str) -> None:
        self.close()
        self.say(f"{self.database.path}, reopened.")

    def _print_news(self) -> None:
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
def line_editing(database: Published, own_queries: Path | None = None) -> Iterator[None]:
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
    readline.set_completer(Completer(words(database, own_queries)))
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


def words(database: Published, own_queries: Path | None = None) -> tuple[str, ...]:
    """Return what can be completed: dot commands, tables, columns and named queries."""
    frame = database.frame(
        "select case schema_name when 'main' then '' else schema_name || '.' end || name as name "  # noqa: S608
        f"from ({queries.NAMES}) "
        "union select column_name from duckdb_columns() where not internal"
    )
    dots = [line.split()[0] for line in HELP.splitlines() if line.startswith(".")]
    return tuple(sorted({*dots, *frame["name"], *queries.named(own_queries)}))
