"""Answer the questions that the settings name from the results of the tests.

The tests behind these questions are a family of their own, corrected after Holm: they are few, and
each is reported as an answer. All other results stay in the families that they were found in.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from detente.analysis import breaks
from detente.analysis.occurrences import SIGNS
from detente.analysis.results import Corrected, OfDyad, Stored, Verdict, of
from detente.analysis.rows import Pair
from detente.analysis.tables import (
    STUDY,
    Answer,
    BreakPoint,
    BreakTest,
    CommonClimate,
    EventEffect,
    Granger,
)
from detente.base.phrases import join, say
from detente.settings import Hypothesis
from detente.statistics.correction import holm
from detente.statistics.wording import probability

_WAYS = 2


@dataclass(frozen=True)
class _Evidence:
    """What one question rests on.

    Attributes
    ----------
    test
        Names the test, so that two questions with one test count it once.
    p_value
        Raw; the largest where the question asks for several at once. None where none was made.
    at_best
        The verdict if the test rejects after correction.
    sentence
        Of the results, without the correction.
    is_disputed
        Whether one of several tests decides otherwise with robust errors.
    """

    test: Hashable
    p_value: float | None
    at_best: Verdict
    sentence: str
    is_disputed: bool = False


@dataclass(frozen=True)
class Movement:
    """How the level of a dyad moved.

    Attributes
    ----------
    is_step
        Whether steps explain its months clearly better than a constant or drifting level.
    sentence
        Which way of moving explains them best.
    changes
        First day of the first and of the last month of each rise and fall, and its sentence.
    """

    is_step: bool
    sentence: str
    changes: tuple[tuple[date, date, str], ...]


def answers(
    asked: Sequence[Hypothesis],
    results: Sequence[Stored],
    significance: float,
    movements: Mapping[Pair, Movement] | None = None,
) -> list[Answer]:
    """Return the verdict on each question and the sentences of the results that it rests on.

    Parameters
    ----------
    asked
        The questions, by the kind of test that answers them.
    results
        What the tests found: rows of `stats.*`, of which the columns decide.
    significance
        Level of the decision, on p-values corrected over the distinct tests of all questions.
    movements
        How the level of each dyad moved; where it is known, a break is supported only if steps
        explain it better than drift.

    Returns
    -------
    list of Answer
        In the order asked. 'Partly supported' is said where a break is dated inside the span and
        its interval reaches beyond, 'not tested' where every test was refused. "Not supported" does
        not mean that the opposite was shown.
    """
    found = [_evidence(one, results, movements or {}, significance) for one in asked]
    family: dict[Hashable, float] = {
        one.test: one.p_value for one in found if one.p_value is not None
    }
    adjusted = holm(family)
    return [
        _answer(position, one, evidence, adjusted.get(evidence.test), len(family), significance)
        for position, (one, evidence) in enumerate(zip(asked, found, strict=True), start=1)
    ]


def _answer(
    position: int,
    asked: Hypothesis,
    found: _Evidence,
    p_adjusted: float | None,
    n_family: int,
    significance: float,
) -> Answer:
    if found.p_value is None or p_adjusted is None:
        verdict, words = Verdict.NOT_TESTED, found.sentence
    else:
        verdict = found.at_best if p_adjusted < significance else Verdict.NOT_SUPPORTED
        corrected = say(
            "hypothesis.corrected_one" if n_family == 1 else "hypothesis.corrected",
            n=n_family,
            adjusted=probability(p_adjusted),
            raw=probability(found.p_value),
        )
        words = join([found.sentence, corrected])
    return Answer(
        position=position,
        hypothesis_id=asked.id,
        question=asked.question,
        test_id=asked.kind,
        verdict=verdict,
        is_disputed=found.is_disputed,
        p_value=found.p_value,
        p_adjusted=p_adjusted,
        n_family=n_family,
        words=words,
    )


def _evidence(
    asked: Hypothesis,
    results: Sequence[Stored],
    movements: Mapping[Pair, Movement],
    significance: float,
) -> _Evidence:
    if asked.kind == "break":
        first, second = sorted(asked.dyad)
        return _moved(asked, _break(asked, results), movements.get((first, second)))
    if asked.kind == "reciprocity":
        return _reciprocity(asked, results, significance)
    rows = [
        row
        for row in of(results, EventEffect)
        if _is_about(row, asked) and row.event_kind == asked.event_kind and row.method == STUDY
    ]
    return _all_of(("effect", frozenset(asked.dyad), asked.event_kind), rows)


def _moved(asked: Hypothesis, found: _Evidence, movement: Movement | None) -> _Evidence:
    """Speak of a break only where steps explain the months clearly better than drift."""
    if movement is None or found.p_value is None:
        return found
    first, last = asked.span
    words = [text for start, end, text in movement.changes if start <= last and end >= first]
    at_best = found.at_best if movement.is_step else Verdict.NOT_SUPPORTED
    sentence = join([movement.sentence, *words, found.sentence])
    return replace(found, at_best=at_best, sentence=sentence)


def _reciprocity(asked: Hypothesis, results: Sequence[Stored], significance: float) -> _Evidence:
    """Ask that both directions reject, on all acts and on one-sided acts alone.

    A record in which both sides act is in both series, so that a test of all acts alone could be
    about what the two do together.
    """
    rows = [row for row in of(results, Granger) if _is_about(row, asked)]
    found = _all_of(("reciprocity", frozenset(asked.dyad)), rows)
    if found.p_value is None:
        return found
    p_value, words = _beyond_climate(asked, results)
    sentence = join([say("hypothesis.reciprocity"), found.sentence, words])
    if found.at_best != Verdict.SUPPORTED:
        return replace(found, sentence=sentence)
    if p_value is None or max(p_value, found.p_value) >= significance:
        return replace(found, at_best=Verdict.PARTLY, sentence=sentence)
    return replace(found, p_value=max(p_value, found.p_value), sentence=sentence)


def _beyond_climate(asked: Hypothesis, results: Sequence[Stored]) -> tuple[float | None, str]:
    """Return the p-value of more acts both ways beyond a common climate, and the sentences.

    Both directions must show it for one of the two signs: the larger p-value of a sign, the smaller
    of the signs, times two for having looked at both.
    """
    rows = [row for row in of(results, CommonClimate) if _is_about(row, asked)]
    by_sign: dict[str, list[float]] = {}
    for row in rows:
        if row.p_value is not None and row.ratio is not None:
            by_sign.setdefault(row.sign, []).append(row.p_value if row.ratio > 1.0 else 1.0)
    both = [max(values) for values in by_sign.values() if len(values) == _WAYS]
    words = join(row.sentence() for row in rows if not row.is_refused)
    return (min(1.0, len(SIGNS) * min(both)) if both else None), words


def _all_of(test: Hashable, rows: Sequence[Corrected]) -> _Evidence:
    """Ask that every test rejects: the largest p-value decides, and none may be disputed."""
    values = [row.p_value for row in rows if row.p_value is not None]
    sentence = join(row.sentence() for row in rows) or say("hypothesis.no_test")
    if not values:
        return _Evidence(test, None, Verdict.NOT_TESTED, sentence)
    is_disputed = any(row.is_disputed for row in rows)
    holds = len(values) == len(rows) and not is_disputed
    at_best = Verdict.SUPPORTED if holds else Verdict.NOT_SUPPORTED
    return _Evidence(test, max(values), at_best, sentence, is_disputed)


def _break(asked: Hypothesis, results: Sequence[Stored]) -> _Evidence:
    """Say whether a break falls into the span asked about, and its whole interval with it."""
    test = ("break", frozenset(asked.dyad))
    own = [row for row in of(results, BreakTest) if _is_about(row, asked)]
    summary = [row for row in own if row.test_id == breaks.SUMMARY and not row.is_refused]
    values = [
        row.p_value for row in own if row.test_id == breaks.ANY_BREAK and row.p_value is not None
    ]
    if not summary or not values:
        words = join(row.sentence() for row in own) or say("hypothesis.no_test")
        return _Evidence(test, None, Verdict.NOT_TESTED, words)
    first, last = asked.span
    inside = [
        row
        for row in of(results, BreakPoint)
        if _is_about(row, asked) and first <= row.last_before <= last
    ]
    # Months count whole: an interval that begins with the span's first month lies inside it.
    whole = [
        row
        for row in inside
        if row.last_before_lo is not None
        and row.last_before_hi is not None
        and first <= row.last_before_lo
        and row.last_before_hi <= last
    ]
    at_best = Verdict.SUPPORTED if whole else Verdict.PARTLY if inside else Verdict.NOT_SUPPORTED
    # The break's own sentence says how robust it is.
    words = join([summary[0].sentence(), *(row.sentence() for row in inside)])
    return _Evidence(test, values[0], at_best, words)


def _is_about(row: OfDyad, asked: Hypothesis) -> bool:
    return {row.actor1_iso3, row.actor2_iso3} == set(asked.dyad)
