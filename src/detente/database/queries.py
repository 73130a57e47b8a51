"""The named queries of `sql/queries`, one question a file."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Protocol

from detente.base import assets
from detente.base.errors import UsageError
from detente.database.answer import Answer
from detente.database.quoting import literal
from detente.database.sql_files import leading_comment

# Every table, view and macro of a database, how it is written, and what it holds.
NAMES = """
select schema_name, table_name as name, '' as parameters, comment
from duckdb_tables()
where not internal
union all
select schema_name, view_name, '', comment
from duckdb_views()
where not internal
union all
select schema_name, function_name, '(' || array_to_string(parameters, ', ') || ')', comment
from duckdb_functions()
where not internal and function_type in ('macro', 'table_macro')
"""
# As they are listed: the curated layer first, machinery left out.
TABLES = f"""
select
    case schema_name when 'main' then '' else schema_name || '.' end || name || parameters as name,
    comment,
from ({NAMES})
where not starts_with(comment, 'Private.')
order by schema_name <> 'main', schema_name, name
"""  # noqa: S608


class Asks(Protocol):
    """What answers ad-hoc queries: a published database, or its sandbox."""

    def ask(self, statement: str, timeout_seconds: float | None = None) -> Answer:
        """Return the answer to one query."""
        ...


# What stands for a value in a named query, and what it is unless the question names one.
PARAMETERS: Mapping[str, str] = {
    "source": "(select source from meta.reported_series)",
    "counting": "(select counting from meta.reported_series)",
    "freq": "(select freq from meta.reported_series)",
    "measure": "(select measure from meta.reported_series)",
    "actor1": "(select actor1_iso3 from meta.study_dyad where is_focal)",
    "actor2": "(select actor2_iso3 from meta.study_dyad where is_focal)",
    "dyad": "null::varchar",
    "kind": "null::varchar",
    "category": "null::varchar",
    "since": "date '0001-01-01'",
    "until": "date '9999-12-31'",
}
_PLACE = re.compile(r"\$([a-z]\w*)")
_DAYS = ("since", "until")


@dataclass(frozen=True)
class NamedQuery:
    """A question with its answer in SQL.

    Attributes
    ----------
    template
        The SQL with `$source` and the like where a value is filled in.
    """

    name: str
    question: str
    template: str

    @property
    def parameters(self) -> tuple[str, ...]:
        """The values that can be filled in, in the order of PARAMETERS."""
        used = set(_PLACE.findall(self.template))
        return tuple(name for name in PARAMETERS if name in used)

    @property
    def text(self) -> str:
        """The SQL with the study's own choice for each value."""
        return self.filled({})

    @property
    def options(self) -> str:
        """The options of the command line that the query takes."""
        names = ["dyad" if one in ("actor1", "actor2") else one for one in self.parameters]
        return " ".join(f"[--{name}]" for name in dict.fromkeys(names))

    def filled(self, given: Mapping[str, str]) -> str:
        """Return the SQL with values filled in.

        Parameters
        ----------
        given
            Values by parameter; `dyad`, two codes with a hyphen, also names `actor1` and `actor2`.

        Raises
        ------
        UsageError
            The query takes no such value, or a day is none.
        """
        values = dict(given)
        if "dyad" in values:
            values |= _pair(values["dyad"])
        takes = self.parameters
        for name in given:
            if name not in takes and not (name == "dyad" and "actor1" in takes):
                raise UsageError(
                    f"The query {self.name} takes no --{name}; it takes "
                    f"{self.options or 'nothing'}."
                )
        return _PLACE.sub(lambda place: _value(place[1], values), self.template)


def _pair(text: str) -> dict[str, str]:
    parts = sorted(text.upper().split("-"))
    if len(parts) != 2 or not all(re.fullmatch(r"[A-Z]{3}", one) for one in parts):
        raise UsageError(f"--dyad: expected two codes, as GRC-TUR; got {text}.")
    return {"dyad": "-".join(parts), "actor1": parts[0], "actor2": parts[1]}


def _value(name: str, values: Mapping[str, str]) -> str:
    """Return an argument as SQL: the user's as a literal, else its default, else `$name`."""
    if name not in values:
        return PARAMETERS.get(name, f"${name}")
    text = values[name]
    if name not in _DAYS:
        return literal(text)
    try:
        return f"date '{date.fromisoformat(text)}'"
    except ValueError as error:
        raise UsageError(f"--{name}: expected a day as 2020-01-31, got {text}.") from error


@cache
def named(own: Path | None = None) -> dict[str, NamedQuery]:
    """Return the named queries by name.

    Parameters
    ----------
    own
        Folder of a study's own queries; one of the same name is used instead.
    """
    folders = [assets.sql() / "queries", *([own] if own else [])]
    return {
        path.stem: NamedQuery(path.stem, leading_comment(text), text)
        for folder in folders
        for path in sorted(folder.glob("*.sql"))
        for text in [path.read_text(encoding="utf-8")]
    }


def resolve(argument: str, own: Path | None = None, given: Mapping[str, str] | None = None) -> str:
    """Return the SQL text that an argument means: SQL itself, a file, or a query's name.

    `-` is standard input.

    Parameters
    ----------
    own
        Folder of a study's own queries.
    given
        Values to fill in, by parameter.

    Raises
    ------
    UsageError
        It is a single word that names neither a file nor a query, or a file that is no text; or it
        takes no value that is given.
    """
    return _found(argument, own).filled(given or {})


def statement(
    database: Asks, argument: str, own: Path | None = None, given: Mapping[str, str] | None = None
) -> str:
    """Return the SQL text of `resolve` with the study's own choice filled in as plain values.

    Raises
    ------
    UsageError
        As `resolve`, and where a dyad, source or category is none of the database's.
    """
    found, values = _found(argument, own), dict(given or {})
    if not found.parameters:
        return found.filled(values)
    found.filled(values)  # refuses what the query does not take
    _demand(database, found, values)
    usual = {
        name: value
        for name, value in _own_choice(database).items()
        if name in found.parameters and not (name in ("actor1", "actor2") and "dyad" in values)
    }
    return found.filled({**usual, **values})


def _own_choice(database: Asks) -> dict[str, str]:
    """Return the reported series and the dyad in focus."""
    values: dict[str, str] = {}
    for columns, table in (
        (("source", "counting", "freq", "measure"), "meta.reported_series"),
        (("actor1", "actor2"), "(select actor1_iso3 as actor1, actor2_iso3 as actor2, is_focal "
         "from meta.study_dyad) where is_focal"),
    ):  # fmt: skip
        for row in database.ask(f"select {', '.join(columns)} from {table}").rows():  # noqa: S608
            values |= dict(zip(columns, row, strict=True))
    return values


# What a value must be one of, by parameter, and what to call it.
_KNOWN = {
    "dyad": (
        "a dyad of the study",
        "select actor1_iso3 || '-' || actor2_iso3 from meta.study_dyad order by position",
    ),
    "source": ("a source that is loaded", "select source from meta.coverage order by source"),
    "category": (
        "a category of the study's records",
        "select distinct category from core.record where category is not null order by category",
    ),
    "kind": (
        "the label of a file of records",
        "select distinct label from meta.raw_file where label is not null order by label",
    ),
}
_MOST_NAMED = 12


def _demand(database: Asks, query: NamedQuery, values: Mapping[str, str]) -> None:
    wanted = dict(values)
    if "category" in query.parameters:
        wanted.setdefault("category", "")
    if "dyad" in wanted:
        wanted["dyad"] = _pair(wanted["dyad"])["dyad"]
    for name, (what, question) in _KNOWN.items():
        if name not in wanted:
            continue
        known = [str(row[0]) for row in database.ask(question).rows()]
        if wanted[name] not in known:
            named_ones = ", ".join(known[:_MOST_NAMED]) or "none"
            more = f" and {len(known) - _MOST_NAMED} more" if len(known) > _MOST_NAMED else ""
            came = f", got {wanted[name]!r}" if wanted[name] else ""
            raise UsageError(
                f"--{name}: expected {what}{came}. The database has {named_ones}{more}."
            )


def _found(argument: str, own: Path | None) -> NamedQuery:
    if argument == "-":
        return NamedQuery("of standard input", "", sys.stdin.read())
    if any(character.isspace() for character in argument.strip()):
        return NamedQuery("as written", "", argument)
    path = Path(argument)
    if path.is_file():
        try:
            return NamedQuery(path.name, "", path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path}: expected a file of SQL text: {error}") from error
    if path.stem in named(own):
        return named(own)[path.stem]
    raise UsageError(
        f"Expected SQL, a file or a named query, got {argument!r}. "
        f"Named queries: {', '.join(named(own)) or 'none'}."
    )


def nothing(database: Asks, argument: str, own: Path | None = None) -> str:
    """Say why a named query may have no row as its answer; empty for a query of one's own.

    Parameters
    ----------
    argument
        As for `statement`.
    """
    query = named(own).get(argument)
    if query is None:
        return ""
    answer = f"{query.name} found nothing. It asks: {query.question}"
    rows = database.ask(
        "select shown.source, coverage.first_day, coverage.complete_to "
        "from meta.reported_series as shown inner join meta.coverage as coverage using (source)"
    ).rows()
    for source, first, last in rows:
        answer += f" The reported series, {source}, covers {first} to {last}."
    return answer + " `detente doctor` says what is missing."


# A dyad or a list of parties as a text literal, perhaps with the signs of a pattern around it.
_STATES = re.compile(r"'%?([A-Za-z]{3}(?:-[A-Za-z]{3}|(?:;[A-Za-z]{3})+))%?'")


def misspelt(database: Asks, text: str) -> str:
    """Say which dyads and parties of a query stand in an order that no row has; else empty.

    Such a query finds nothing, which reads as if nothing had happened.
    """
    found: dict[str, str] = {}
    for written in _STATES.findall(text):
        sign = "-" if "-" in written else ";"
        states = sorted(written.upper().split(sign))
        if written != (meant := sign.join(states)) and _are_states(database, states):
            found[written] = meant
    return " ".join(
        f"No row has '{written}': states stand in capitals and alphabetical order, '{meant}'."
        for written, meant in found.items()
    )


def _are_states(database: Asks, codes: list[str]) -> bool:
    listed = ", ".join(literal(code) for code in codes)
    known = database.ask(f"select 1 from core.actor where iso3 in ({listed})")  # noqa: S608
    return known.n_rows == len(set(codes))


def explain(database: Asks, text: str, timeout_seconds: float | None = None) -> str:
    """Return how a query would be carried out, as DuckDB draws it.

    Raises
    ------
    QueryError
        The text is not one query.
    """
    answer = database.ask(f"explain {text}", timeout_seconds)
    return "\n".join(str(row[-1]).rstrip() for row in answer.rows())
