"""The study's questions: the verdict follows from the rows, and from nothing else."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from detente import hypotheses
from detente.settings import Hypothesis

PAIR = {"actor1_iso3": "JPN", "actor2_iso3": "KOR"}
TESTS = [{**PAIR, "test": "number of breaks", "sentence": "One break."}]


def _asked(**changes: Any) -> Hypothesis:
    base = {"id": "q", "question": "Is it so?", "kind": "break", "dyad": ["KOR", "JPN"]}
    return Hypothesis.model_validate(base | changes)


@pytest.mark.parametrize(
    ("day", "verdict"),
    [
        (date(2021, 12, 31), "not supported"),
        (date(2022, 1, 1), "supported"),
        (date(2023, 12, 31), "supported"),
        (date(2024, 1, 1), "not supported"),
    ],
)
def test_a_break_counts_inside_the_span_alone(day: date, verdict: str) -> None:
    asked = _asked(first=date(2022, 1, 1), last=date(2023, 12, 31))
    point = {**PAIR, "last_before": day, "last_before_lo": day, "last_before_hi": day}
    told = hypotheses.answer(asked, TESTS, [point], [], [], 0.05)
    assert told == {"verdict": verdict, "sentence": "One break."}


@pytest.mark.parametrize(
    ("lower", "upper", "verdict"),
    [
        (date(2022, 1, 31), date(2023, 12, 31), "supported"),
        (date(2020, 5, 31), date(2023, 2, 28), "partly supported"),
        (date(2022, 3, 31), date(2024, 1, 31), "partly supported"),
        (None, None, "partly supported"),
    ],
)
def test_an_interval_that_reaches_beyond_the_span_is_partial_support(
    lower: date | None, upper: date | None, verdict: str
) -> None:
    asked = _asked(first=date(2022, 1, 1), last=date(2023, 12, 31))
    point = {
        **PAIR,
        "last_before": date(2022, 8, 31),
        "last_before_lo": lower,
        "last_before_hi": upper,
    }
    assert hypotheses.answer(asked, TESTS, [point], [], [], 0.05)["verdict"] == verdict


def test_another_dyads_break_does_not_count() -> None:
    asked = _asked(first=date(2022, 1, 1), last=date(2023, 12, 31))
    point = {"actor1_iso3": "CHN", "actor2_iso3": "JPN", "last_before": date(2022, 6, 30)}
    assert hypotheses.answer(asked, TESTS, [point], [], [], 0.05)["verdict"] == "not supported"


def test_a_refused_test_is_not_an_answer() -> None:
    asked = _asked(first=date(2022, 1, 1), last=date(2023, 12, 31))
    refused = [{**PAIR, "test": "breaks: x", "sentence": "Too short."}]
    told = hypotheses.answer(asked, refused, [], [], [], 0.05)
    assert told == {"verdict": "not tested", "sentence": "Too short."}


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ((0.01, 0.02), "supported"),
        ((0.01, 0.20), "not supported"),
        ((0.01, None), "not supported"),
        ((None, None), "not tested"),
    ],
)
def test_reciprocity_needs_both_directions(
    values: tuple[float | None, float | None], verdict: str
) -> None:
    rows = [
        {"actor1_iso3": a, "actor2_iso3": b, "p_adjusted": p, "sentence": f"{a}."}
        for (a, b), p in zip((("JPN", "KOR"), ("KOR", "JPN")), values, strict=True)
    ]
    told = hypotheses.answer(_asked(kind="reciprocity"), [], [], rows, [], 0.05)
    assert told == {"verdict": verdict, "sentence": "JPN. KOR."}


def test_an_effect_is_judged_by_its_event_study() -> None:
    rows = [
        {**PAIR, "event_kind": "Launches", "method": method, "p_adjusted": p, "sentence": method}
        for method, p in (("event study", 0.5), ("local projection", 0.001))
    ]
    told = hypotheses.answer(_asked(kind="effect", event_kind="Launches"), [], [], [], rows, 0.05)
    assert told == {"verdict": "not supported", "sentence": "event study"}


@pytest.mark.parametrize("kind", ["break", "effect"])
def test_a_question_without_what_its_kind_needs_is_refused(kind: str) -> None:
    with pytest.raises(ValidationError, match="names its"):
        _asked(kind=kind)
