"""How a question is asked, and how its result becomes a row of `stats.*`."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import numpy as np

from detente.analysis.results import Corrected, Stored
from detente.base.phrases import Phrase, say
from detente.settings import SeriesChoice
from detente.statistics.correction import benjamini_hochberg
from detente.statistics.frames import NotEstimableError
from detente.statistics.results import Refusal, TestResult, reason_of
from detente.statistics.samples import SeriesError
from detente.statistics.sentences import result_sentence

Pair = tuple[str, str]
# What questions leave: rows of whatever tables of `stats`.
Rows = list[Stored]
Found = TypeVar("Found")
Name = TypeVar("Name", bound=Hashable)
OfFamily = TypeVar("OfFamily", bound=Corrected)


def about(choice: SeriesChoice, pair: Pair) -> dict[str, Any]:
    """Say which series a row is about."""
    return {
        "source": choice.source,
        "counting": choice.counting,
        "actor1_iso3": pair[0],
        "actor2_iso3": pair[1],
        "freq": choice.freq,
        "measure": choice.measure,
    }


def ask(model: str, question: Callable[[], Found]) -> Found | Refusal:
    """Ask a question; a series that no test can take is a refusal with its reason."""
    try:
        return question()
    except (SeriesError, NotEstimableError) as error:
        return Refusal(model=model, reason=_reason(error))
    except np.linalg.LinAlgError as error:
        return Refusal(model=model, reason=say("reason.no_solution", error=str(error)))
    except (ArithmeticError, IndexError, RuntimeError, ValueError) as error:
        # What a library raises at a series that its authors did not think of. One series must not
        # stop the questions to all others; the reason says what was raised.
        cause = f"{type(error).__name__}: {error}".rstrip(".")
        reason = say("reason.failed", error=cause)
        return Refusal(model=model, reason=reason)


def _reason(error: Exception) -> str:
    cause = reason_of(error)
    return cause if isinstance(cause, Phrase) else cause.rstrip(".")


def of_test(test: TestResult, subject: str) -> Callable[[float | None, float], str]:
    """Return the wording of a test of a series."""
    return partial(_of_test, test, subject)


def _of_test(test: TestResult, subject: str, p_adjusted: float | None, level: float) -> str:
    return result_sentence(test, subject, level=level, p_adjusted=p_adjusted)


def in_families(rows: Rows, level: float) -> Rows:
    """Put the adjusted p-values beside the raw ones: in each table, over the rows of a family."""
    found = list(rows)
    families: dict[tuple[Any, ...], list[int]] = {}
    for place, row in enumerate(rows):
        if isinstance(row, Corrected) and row.family is not None:
            key = (type(row), *(getattr(row, name) for name in row.family))
            families.setdefault(key, []).append(place)
    for places in families.values():
        family = [row for row in (rows[place] for place in places) if isinstance(row, Corrected)]
        for place, row in zip(places, corrected(family, level), strict=True):
            found[place] = row
    return found


def adjusted(p_values: Mapping[Name, float | None]) -> dict[Name, float | None]:
    """Return the adjusted p-values of one family of tests, by name; None where a test has none."""
    table = benjamini_hochberg(dict(enumerate(p_values.values()))).table
    return {
        name: None if math.isnan(one) else float(one)
        for name, one in zip(p_values, table["p_adjusted"].to_numpy(dtype=float), strict=True)
    }


def corrected(family: Sequence[OfFamily], level: float) -> list[OfFamily]:
    """Put the adjusted p-value beside the raw one, within one family of tests."""
    p_adjusted = adjusted({place: row.p_value for place, row in enumerate(family)})
    return [row.corrected(p_adjusted[place], level) for place, row in enumerate(family)]
