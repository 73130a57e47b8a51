"""What every row of `stats.*` carries: verdicts are read from columns, not prose.

A class of `detente.analysis.tables` has the columns of its table and no others, so that a misspelt
or forgotten field fails where the row is made. Whether a test rejects (`outcome`), whether its twin
with robust errors disagrees (`is_disputed`) and whether there is a result at all (`is_refused`) are
columns; nothing reads the sentence.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from functools import partial
from typing import Any, ClassVar, Self, TypeVar

import pandas as pd

from detente.statistics.results import Refusal, TestResult
from detente.statistics.sentences import result_sentence

# Given the adjusted p-value and the level of the decision, the sentence of a result. It can be
# pickled: results come from processes of their own.
Wording = Callable[[float | None, float], str]
LEVEL = 0.05
NOT_A_COLUMN = {"column": False}


class Outcome(StrEnum):
    """What became of a question."""

    REJECTED = "rejected"
    NOT_REJECTED = "not rejected"
    # No null hypothesis was put: an estimate, a date, a forecast.
    ESTIMATED = "estimated"
    REFUSED = "refused"


class Verdict(StrEnum):
    """The answer to a question of the study."""

    SUPPORTED = "supported"
    PARTLY = "partly supported"
    NOT_SUPPORTED = "not supported"
    NOT_TESTED = "not tested"


def decide(test: TestResult, p_adjusted: float | None, level: float) -> Outcome:
    """Say whether a test rejects: by the adjusted p-value, else by its own, else by critical value.

    A test that has neither a p-value nor a critical value at `level` decides nothing.
    """
    p_value = test.p_value if p_adjusted is None else p_adjusted
    if p_value is None and f"{level:g}" not in test.critical_values:
        return Outcome.ESTIMATED
    rejects = test.rejects(level) if p_adjusted is None else p_adjusted < level
    return Outcome.REJECTED if rejects else Outcome.NOT_REJECTED


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A row of a table of `stats`: its fields are the columns, but for those marked otherwise."""

    table: ClassVar[str]

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """Return the table's columns in the order of `values`; fields marked otherwise are none."""
        own = (one.name for one in fields(cls) if one.metadata.get("column", True))
        return (*own, "is_refused", "sentence")

    def values(self) -> tuple[Any, ...]:
        """Return the values of the columns, in their order."""
        found = (self.sentence() if name == "sentence" else getattr(self, name)
                 for name in self.columns())  # fmt: skip
        return tuple(one.value if isinstance(one, StrEnum) else one for one in found)

    @property
    def is_refused(self) -> bool:
        """Whether there is no result; the row then holds the reason."""
        raise NotImplementedError

    def sentence(self) -> str:
        """Return what the row says, in a sentence or a few."""
        raise NotImplementedError

    def summary(self) -> str:
        """Return the sentence, and below it every column that holds something."""
        shown = [
            (name, value)
            for name, value in zip(self.columns(), self.values(), strict=True)
            if name != "sentence" and value is not None and value != ()
        ]
        width = max(len(name) for name, _ in shown)
        return "\n".join(
            [self.sentence(), *(f"  {name:<{width}}  {value}" for name, value in shown)]
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row with the columns of the table."""
        return to_frame([self])


@dataclass(frozen=True, kw_only=True)
class Result(Stored):
    """What every result carries.

    Attributes
    ----------
    source, counting, freq, measure
        Which index the row is about.
    test_id
        What was asked, as a name that does not change with the wording: ``"any_break"``.
    outcome
        What became of it, at the study's significance, after the correction for many tests.
    is_disputed
        Whether the same test with robust errors decides otherwise.
    n_obs, span
        The sample.
    settings
        What was chosen, as JSON.
    refusal
        Why there is no result; None where there is one.
    warnings
        In words.
    wording
        Makes the sentence.
    level
        Of the decision.
    """

    # The columns whose values the rows of one family share; None where nothing is corrected.
    family: ClassVar[tuple[str, ...] | None] = None

    source: str
    counting: str
    freq: str
    measure: str
    test_id: str
    outcome: Outcome
    is_disputed: bool = False
    n_obs: int | None = None
    span: str | None = None
    settings: str | None = None
    refusal: str | None = None
    warnings: tuple[str, ...] = ()
    wording: Wording = field(metadata=NOT_A_COLUMN, repr=False, compare=False)
    level: float = field(default=LEVEL, metadata=NOT_A_COLUMN)

    @property
    def is_refused(self) -> bool:
        """Whether there is no result; `refusal` says why."""
        return self.outcome is Outcome.REFUSED

    def sentence(self) -> str:
        """Return what the result says, in a sentence or a few."""
        return self.wording(None, self.level)

    def noting(self, *more: str) -> Self:
        """Return the result with further warnings."""
        return replace(self, warnings=(*self.warnings, *more))


@dataclass(frozen=True, kw_only=True)
class OfDyad(Result):
    """A result about two states, or about the acts of the first towards the second."""

    actor1_iso3: str
    actor2_iso3: str


@dataclass(frozen=True, kw_only=True)
class Tested(Result):
    """The result of a test.

    Attributes
    ----------
    test
        Name of the test with its source, for a reader.
    result
        The test itself, which decides again once the p-value is corrected; None where refused.
    """

    test: str
    null_hypothesis: str | None = None
    alternative: str | None = None
    statistic: float | None = None
    distribution: str | None = None
    p_value: float | None = None
    result: TestResult | None = field(
        default=None, metadata=NOT_A_COLUMN, repr=False, compare=False
    )


@dataclass(frozen=True, kw_only=True)
class Corrected(Tested):
    """The result of a test that belongs to a family."""

    p_adjusted: float | None = None

    def sentence(self) -> str:
        """Return what the result says, judged by the adjusted p-value where there is one."""
        return self.wording(self.p_adjusted, self.level)

    def corrected(self, p_adjusted: float | None, level: float) -> Self:
        """Return the result with its adjusted p-value, decided again at `level`."""
        outcome = self.outcome if self.result is None else decide(self.result, p_adjusted, level)
        return replace(self, p_adjusted=p_adjusted, level=level, outcome=outcome)


Row = TypeVar("Row", bound=Stored)


def of(rows: Iterable[Stored], kind: type[Row]) -> list[Row]:
    """Return the rows of one table."""
    return [row for row in rows if isinstance(row, kind)]


def to_frame(rows: Sequence[Stored]) -> pd.DataFrame:
    """Return the rows of one table as a frame with its columns."""
    if not rows:
        return pd.DataFrame()
    return pd.DataFrame([one.values() for one in rows], columns=list(rows[0].columns()))


def numbers(test: TestResult, level: float = LEVEL) -> dict[str, Any]:
    """Return the fields that every row of a test has."""
    return {
        "test_id": test.test_id,
        "outcome": decide(test, None, level),
        "test": test.test,
        "null_hypothesis": test.null_hypothesis,
        "alternative": test.alternative,
        "statistic": test.statistic,
        "distribution": test.distribution,
        "p_value": test.p_value,
        "n_obs": test.n_obs,
        "settings": as_json(test.settings),
        "result": test,
    }


def refusing(refusal: Refusal, subject: str) -> dict[str, Any]:
    """Return the fields that every row of a refusal has, but for `test_id`."""
    return {
        "outcome": Outcome.REFUSED,
        "refusal": refusal.reason,
        "wording": saying(result_sentence(refusal, subject)),
    }


def as_json(settings: Mapping[str, Any]) -> str:
    """Write settings as text that does not depend on their order."""
    return json.dumps(dict(settings), sort_keys=True, default=str)


def saying(sentence: str) -> Wording:
    """Return the wording of a result whose sentence no correction changes."""
    return partial(_as_it_is, sentence)


def _as_it_is(sentence: str, _p_adjusted: float | None, _level: float) -> str:
    return sentence
