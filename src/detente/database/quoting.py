"""Write names and values into SQL, for where a statement takes no parameter."""

from __future__ import annotations


def identifier(name: str) -> str:
    """Return a name of a table or column, quoted."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: object) -> str:
    """Return a value as a text literal."""
    return f"'{inside(value)}'"


def inside(value: object) -> str:
    """Return a value as the inside of a text literal."""
    return str(value).replace("'", "''")
