"""The rules that turn the result of a query into a verdict: comparisons of cells and nothing else.

A rule is data, never code: it names a column, an operator and a value, so that a file of claims
can say when a claim counts as supported and cannot do anything besides.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from pydantic import Field, StrictBool, model_validator

from detente.base.errors import DetenteError
from detente.base.toml_models import Declared
from detente.report.language import Language

SUPPORTED: Final = "supported"
PARTLY: Final = "partly supported"
NOT_SUPPORTED: Final = "not supported"
CANNOT_BE_CHECKED: Final = "cannot be checked"
Verdict = Literal["supported", "partly supported", "not supported", "cannot be checked"]
Operator = Literal["==", "!=", "<", "<=", ">", ">="]
Scalar = StrictBool | int | float | date | str

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_WORDS = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}


class RuleError(DetenteError):
    """A rule does not fit the result that it is applied to."""


@dataclass(frozen=True)
class Table:
    """The result of a query: names of the columns, and rows of plain values.

    A plain value is null, a truth value, number, text, day or time, or a tuple of these.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


class Condition(Declared):
    """One comparison: of a column with a value or with another column, or of the number of rows.

    Attributes
    ----------
    column
        The column that is compared; left out where `rows` is given.
    op
        ``==``, ``!=``, ``<``, ``<=``, ``>`` or ``>=``.
    value, than
        What it is compared with: a value, or the column of this name in the same row.
    of
        'one': the result has one row, and it holds there; 'every' or 'any' row.
    rows
        Compare the number of rows with this instead.
    """

    column: str | None = None
    op: Operator = "=="
    value: Scalar | None = None
    than: str | None = None
    of: Literal["one", "every", "any"] = "one"
    rows: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _compares_one_thing(self) -> Condition:
        if (self.column is None) == (self.rows is None):
            raise ValueError("compare either a `column` or the number of `rows`")
        if self.column is not None and (self.value is None) == (self.than is None):
            raise ValueError("compare the column with either a `value` or (`than`) another column")
        if self.rows is not None and not (self.value is None and self.than is None):
            raise ValueError("`rows` is itself what the number of rows is compared with")
        return self

    def words(self, say: Language) -> str:
        """Return the condition as part of a sentence, in the language of the report."""
        what = column_in_words(self.column) if self.column is not None else say("case.n_rows")
        other = column_in_words(self.than) if self.than is not None else _said(self.value, say)
        if self.column is None:
            other = str(self.rows)
        condition = say(f"case.{_WORDS[self.op]}", what=what, other=other)
        if self.column is None or self.of == "one":
            return condition
        return say(f"case.of_{self.of}", condition=condition)


def column_in_words(column: str) -> str:
    """Return the name of a column for a reader: `last_before` as "last before"."""
    return column.replace("_", " ")


def _said(value: object, say: Language) -> str:
    return say("case.yes" if value else "case.no") if isinstance(value, bool) else str(value)


def decide(
    table: Table,
    supported: Sequence[Condition],
    partly: Sequence[Condition] = (),
    unknown: Sequence[Condition] = (),
    when_empty: Verdict = CANNOT_BE_CHECKED,
) -> Verdict:
    """Return the verdict that the conditions give on a result.

    Parameters
    ----------
    table
        The result of the claim's query.
    supported, partly, unknown
        All conditions of a list must hold. `unknown` ('cannot be checked') is asked first, then
        `supported`, then `partly`; where none holds, the claim is not supported.
    when_empty
        The verdict where a condition on cells meets a result without rows.

    Returns
    -------
    str
        'cannot be checked' also where a cell that decides is null.

    Raises
    ------
    RuleError
        The result lacks a column, has several rows where one is expected, or holds what cannot be
        compared with the rule's value.
    """
    ladder: tuple[tuple[Sequence[Condition], Verdict], ...] = (
        (unknown, CANNOT_BE_CHECKED),
        (supported, SUPPORTED),
        (partly, PARTLY),
    )
    for conditions, verdict in ladder:
        if not conditions:
            continue
        found = [_holds(condition, table) for condition in conditions]
        if None in found:
            return CANNOT_BE_CHECKED if table.rows else when_empty
        if all(found):
            return verdict
    return NOT_SUPPORTED


def _holds(condition: Condition, table: Table) -> bool | None:
    """Say whether a condition holds; None where the result does not tell."""
    if condition.column is None:
        return _COMPARE[condition.op](len(table.rows), condition.rows)
    left = _cells(table, condition.column)
    right = (
        _cells(table, condition.than)
        if condition.than is not None
        else [condition.value] * len(left)
    )
    if not left:
        return None
    if condition.of == "one" and len(left) > 1:
        raise RuleError(
            f"Expected one row for the rule on `{condition.column}`, got {len(left)}. Narrow the "
            "query, or say of = 'every' or of = 'any'."
        )
    if any(one is None for one in (*left, *right)):
        return None
    held = [_compared(condition, one, other) for one, other in zip(left, right, strict=True)]
    return any(held) if condition.of == "any" else all(held)


def _cells(table: Table, column: str) -> list[Any]:
    if column not in table.columns:
        raise RuleError(
            f"The rule reads the column `{column}`; the query returns {', '.join(table.columns)}."
        )
    position = table.columns.index(column)
    return [row[position] for row in table.rows]


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "a truth value"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, date):
        return "a day"
    return "text" if isinstance(value, str) else f"a {type(value).__name__}"


def _compared(condition: Condition, left: Any, right: Any) -> bool:
    if _kind(left) != _kind(right):
        raise RuleError(
            f"The rule compares `{condition.column}`, which holds {_kind(left)} ({left!r}), with "
            f"{_kind(right)} ({right!r})."
        )
    return bool(_COMPARE[condition.op](left, right))
