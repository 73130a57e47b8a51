"""How a result, or the refusal of one, becomes a row of `stats.*`."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from detente.settings import SeriesChoice
from detente.statistics.correction import benjamini_hochberg
from detente.statistics.effects.results import EffectResult, effect_sentence
from detente.statistics.frames import NotEstimableError
from detente.statistics.reciprocity import dyadic
from detente.statistics.reciprocity.granger import GrangerResult
from detente.statistics.results import Refusal, TestResult
from detente.statistics.samples import SeriesError
from detente.statistics.sentences import result_sentence

Row = dict[str, Any]
Pair = tuple[str, str]
# Rows by the table of `stats` that they belong to.
Tables = dict[str, list[Row]]
Outcome = TypeVar("Outcome")


def about(choice: SeriesChoice, pair: Pair) -> Row:
    """Say which series a row is about."""
    return {
        "source": choice.source,
        "counting": choice.counting,
        "actor1_iso3": pair[0],
        "actor2_iso3": pair[1],
        "freq": choice.freq,
        "measure": choice.measure,
    }


def ask(model: str, question: Callable[[], Outcome]) -> Outcome | Refusal:
    """Ask a question; a series that no test can take is a refusal with its reason."""
    try:
        return question()
    except (SeriesError, NotEstimableError) as error:
        return Refusal(model=model, reason=str(error).rstrip("."))
    except np.linalg.LinAlgError as error:
        return Refusal(model=model, reason=f"its equations have no solution ({error})")


def numbers(test: TestResult) -> Row:
    """Return the hypotheses, the statistic and the settings of a test."""
    return {
        "null_hypothesis": test.null_hypothesis,
        "alternative": test.alternative,
        "statistic": test.statistic,
        "distribution": test.distribution,
        "p_value": test.p_value,
        "n_obs": test.n_obs,
        "settings": as_json(test.settings),
    }


def tested(where: Row, subject: str, test: TestResult | Refusal, span: str, name: str = "") -> Row:
    """Return the row of a test, or of its refusal; `finished` words it later."""
    if isinstance(test, Refusal):
        return refused(where, subject, test, name)
    return {
        **where,
        **numbers(test),
        "test": f"{name}: {test.test}" if name else test.test,
        "span": span,
        "warnings": list(test.warnings),
        "result": test,
        "subject": subject,
    }


def refused(where: Row, subject: str, refusal: Refusal, name: str = "") -> Row:
    """Return the row of a model that the series cannot bear."""
    return {
        **where,
        "test": f"{name}: {refusal.model}" if name else refusal.model,
        "refusal": refusal.reason,
        "warnings": [],
        "sentence": result_sentence(refusal, subject),
    }


def adjust_families(rows: Sequence[Row], columns: Sequence[str]) -> None:
    """Correct within each family: the rows that share the values of `columns`."""
    families: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        families.setdefault(tuple(row[name] for name in columns), []).append(row)
    for family in families.values():
        adjust(family)


def adjust(family: Sequence[Row]) -> None:
    """Put the adjusted p-value beside the raw one, within one family of tests."""
    table = benjamini_hochberg({n: row.get("p_value") for n, row in enumerate(family)}).table
    for row, adjusted in zip(family, table["p_adjusted"].to_numpy(dtype=float), strict=True):
        row["p_adjusted"] = None if math.isnan(adjusted) else float(adjusted)


def finished(row: Row) -> Row:
    """Word a result, now that its adjusted p-value is known."""
    result, adjusted = row.get("result"), row.get("p_adjusted")
    if isinstance(result, GrangerResult):
        sentence = dyadic.granger_sentence(result, p_adjusted=adjusted)
        if row.get("of_what"):
            sentence = f"{row['of_what']}{sentence[0].lower()}{sentence[1:]}"
        sentence += f" {row['beside']}" if row.get("beside") else ""
    elif isinstance(result, EffectResult):
        sentence = effect_sentence(result, term=row.get("term"), p_adjusted=adjusted)
        sentence += f" {row['placebo']}" if "placebo" in row else ""
    elif isinstance(result, TestResult):
        sentence = result_sentence(result, row["subject"], p_adjusted=adjusted)
    else:
        return row
    return {**row, "sentence": sentence}


def as_json(settings: Mapping[str, Any]) -> str:
    """Write settings as text that does not depend on their order."""
    return json.dumps(dict(settings), sort_keys=True, default=str)
