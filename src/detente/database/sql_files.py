"""The files of `sql/`: one statement each, where the path names the table."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from typing import Any

from detente.base import assets
from detente.base.errors import DetenteError

# A comment, a text or name in quotation marks, a word, or any other sign.
_WORDS = re.compile(
    r"(?P<comment>--[^\n]*|/\*.*?\*/)|\$(\w*)\$.*?\$\2\$|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\w+|\S",
    re.DOTALL,
)
_COMMENT = re.compile(r"^\s*--\s?(.*)$")


_CREATES = re.compile(
    r"create or replace (table|view|macro)\s+(?:(\w+)\.)?(\w+)\s*(\(|as\b)", re.IGNORECASE
)


# How the description begins of what is machinery of the build and no client should read.
PRIVATE = "Private."


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
    is_table_macro: bool

    @property
    def table(self) -> str:
        """The table or view that the file builds."""
        return f"{self.layer}.{self.name}"

    @property
    def kind(self) -> str:
        """What the file builds, in the words of SQL."""
        if self.is_macro:
            return "macro table" if self.is_table_macro else "macro"
        return "view" if self.is_view else "table"

    @property
    def body(self) -> str:
        """The statement without its comments."""
        return "\n".join(line for line in self.text.splitlines() if not _COMMENT.match(line))

    @property
    def query(self) -> str:
        """The query of a table or view that SQL derives: the statement from its `as` on."""
        return _CREATES.sub("", self.body, count=1).strip().rstrip(";")


def fingerprint(text: str) -> str:
    """Return a hash of what a statement does: its words, without comments and however laid out."""
    words = (one[0] for one in _WORDS.finditer(text) if one["comment"] is None)
    return hashlib.sha256("\0".join(words).encode()).hexdigest()


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
    for path in sorted(assets.sql().glob("[0-9][0-9]_*/*.sql")):
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
            is_table_macro=re.search(r"\)\s+as\s+table\b", text, re.IGNORECASE) is not None,
        )
        files[file.table] = file
    named = {table: set(_NAMES.findall(file.body)) for table, file in files.items()}
    graph = {
        table: [other for other in files if other != table and other in named[table]]
        for table in files
    }
    return tuple(files[table] for table in TopologicalSorter(graph).static_order())


def file_of(table: str) -> SqlFile:
    """Return the file that builds a table, view or macro.

    Raises
    ------
    DetenteError
        There is none.
    """
    for file in sql_files():
        if file.table == table:
            return file
    raise DetenteError(f"sql/: expected a file that builds {table}, found none.")


@cache
def _fields() -> Mapping[str, str]:
    return tomllib.loads((assets.sql() / "fields.toml").read_text(encoding="utf-8"))


@cache
def contract() -> Mapping[str, Any]:
    """Return sql/curated.toml, the contract of the views of schema `main`."""
    return tomllib.loads((assets.sql() / "curated.toml").read_text(encoding="utf-8"))


def field_description(table: str, column: str) -> str:
    """Say what a column means; a name means one quantity everywhere unless a table says otherwise.

    Raises
    ------
    DetenteError
        The column is described nowhere.
    """
    fields: Mapping[str, Any] = _fields()
    layer, name = table.split(".")
    own = fields.get("table", {}).get(table, {})
    shared, place = fields["field"], "fields.toml"
    if layer == "main":
        own = contract()["view"].get(name, {}).get("columns", {})
        shared, place = contract()["columns"], "curated.toml"
    text = own.get(column) or shared.get(column)
    if not text:
        raise DetenteError(f"sql/{place} describes no column `{column}` (of {table}).")
    return str(text)


def declared_keys() -> dict[str, tuple[str, ...]]:
    """Return by table the columns that tell its rows apart, of those that declare none in SQL."""
    fields: Mapping[str, Any] = _fields()
    return {table: tuple(columns) for table, columns in fields["key"].items()}
