"""The study's questions: the verdict follows from the rows, and from nothing else."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from detente.analysis import hypotheses
from detente.analysis.hypotheses import Results
from detente.settings import Hypothesis

PAIR = {"actor1_iso3": "JPN", "actor2_iso3": "KOR"}
TESTS = [
    {**PAIR, "test": "number of breaks", "sentence": "One break."},
    {**PAIR, "test": "any break: sup-F", "p_value": 0.002, "sentence": "Some break."},
]


def _asked(**changes: Any) -> Hypothesis:
    base = {"id": "q", "question": "Is it so?", "kind": "break", "dyad": ["KOR", "JPN"]}
    return Hypothesis.model_validate(base | changes)


def _verdict(asked: Hypothesis, **results: Any) -> str:
    return str(hypotheses.answers([asked], Results(**results), 0.05)[0]["verdict"])


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
    point = {**PAIR, "last_before": day, "last_before_lo": day, "last_before_hi": day,
             "sentence": "It hangs on exercises."}  # fmt: skip
    (told,) = hypotheses.answers([asked], Results(TESTS, [point]), 0.05)
    hangs = "It hangs on exercises. " if verdict == "supported" else ""
    assert told == {
        "verdict": verdict,
        "p_value": 0.002,
        "p_adjusted": 0.002,
        "n_family": 1,
        "sentence": f"One break. {hangs}Corrected over the 1 tests behind the study's questions "
        "(Holm): p = 0.002, uncorrected p = 0.002.",
    }


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
        "sentence": "A break.",
    }
    assert _verdict(asked, break_tests=TESTS, break_points=[point]) == verdict


def test_another_dyads_break_does_not_count() -> None:
    asked = _asked(first=date(2022, 1, 1), last=date(2023, 12, 31))
    point = {"actor1_iso3": "CHN", "actor2_iso3": "JPN", "last_before": date(2022, 6, 30)}
    assert _verdict(asked, break_tests=TESTS, break_points=[point]) == "not supported"


def test_a_break_that_the_test_of_any_break_does_not_support_does_not_count() -> None:
    asked = _asked(first=date(2022, 1, 1), last=date(2023, 12, 31))
    day = date(2022, 8, 31)
    point = {**PAIR, "last_before": day, "last_before_lo": day, "last_before_hi": day,
             "sentence": "A break."}  # fmt: skip
    tests = [TESTS[0], {**TESTS[1], "p_value": 0.06}]
    assert _verdict(asked, break_tests=tests, break_points=[point]) == "not supported"


def test_a_refused_test_is_not_an_answer() -> None:
    asked = _asked(first=date(2022, 1, 1), last=date(2023, 12, 31))
    refused = [{**PAIR, "test": "breaks: x", "sentence": "Too short."}]
    (told,) = hypotheses.answers([asked], Results(refused), 0.05)
    assert (told["verdict"], told["sentence"]) == ("not tested", "Too short.")
    assert (told["p_value"], told["p_adjusted"], told["n_family"]) == (None, None, 0)


@pytest.mark.parametrize(
    ("values", "warnings", "verdict"),
    [
        ((0.01, 0.02, 0.01, 0.03), [], "supported"),
        ((0.01, 0.20, 0.01, 0.03), [], "not supported"),
        # Acts of both sides make the one, one-sided acts do not bear it out.
        ((0.01, 0.02, 0.40, 0.03), [], "not supported"),
        ((0.01, 0.02, 0.01, None), [], "not supported"),
        ((0.01, 0.02, 0.01, 0.03), ["the test comes out otherwise (p = 0.2)"], "not supported"),
        ((None, None, None, None), [], "not tested"),
    ],
)
def test_reciprocity_needs_both_directions_on_all_and_on_one_sided_acts(
    values: tuple[float | None, ...], warnings: list[str], verdict: str
) -> None:
    ways = [
        (acts, way) for acts in ("all", "one_sided") for way in (("JPN", "KOR"), ("KOR", "JPN"))
    ]
    rows = [
        {
            "acts": acts,
            "actor1_iso3": a,
            "actor2_iso3": b,
            "p_value": p,
            "sentence": f"{a} {acts}.",
            "warnings": warnings,
        }
        for (acts, (a, b)), p in zip(ways, values, strict=True)
    ]
    (told,) = hypotheses.answers([_asked(kind="reciprocity")], Results(granger=rows), 0.05)
    assert told["verdict"] == verdict
    assert told["p_value"] == (None if verdict == "not tested" else max(p for p in values if p))
    assert "JPN all. KOR all. JPN one_sided. KOR one_sided." in told["sentence"]
    if verdict != "not tested":
        assert told["sentence"].startswith("The question is answered for acts of earlier periods")


def test_an_effect_is_judged_by_its_event_study() -> None:
    rows = [
        {**PAIR, "event_kind": "Launches", "method": method, "p_value": p, "sentence": method}
        for method, p in (("event study", 0.5), ("local projection", 0.001))
    ]
    asked = _asked(kind="effect", event_kind="Launches")
    (told,) = hypotheses.answers([asked], Results(event_effects=rows), 0.05)
    assert told["verdict"] == "not supported"
    assert told["sentence"].startswith("event study Corrected")


def test_the_questions_are_a_family_in_which_a_test_counts_once() -> None:
    spans = [(date(2018, 1, 1), date(2019, 12, 31)), (date(2022, 1, 1), date(2023, 12, 31))]
    asked = [
        *(_asked(id=f"q{n}", first=first, last=last) for n, (first, last) in enumerate(spans)),
        _asked(id="q2", kind="effect", event_kind="Launches"),
        _asked(id="q3", kind="effect", event_kind="Trade"),
    ]
    effects = [
        {**PAIR, "event_kind": kind, "method": "event study", "p_value": p, "sentence": kind}
        for kind, p in (("Launches", 0.03), ("Trade", 0.9))
    ]
    told = hypotheses.answers(asked, Results(TESTS, event_effects=effects), 0.05)
    # Three tests: 3 x 0.002, then 2 x 0.03, then 0.9. Both questions about breaks rest on one.
    assert [row["n_family"] for row in told] == [3] * 4
    assert [row["p_adjusted"] for row in told] == pytest.approx([0.006, 0.006, 0.06, 0.9])
    assert [row["verdict"] for row in told][2] == "not supported"


@pytest.mark.parametrize("kind", ["break", "effect"])
def test_a_question_without_what_its_kind_needs_is_refused(kind: str) -> None:
    with pytest.raises(ValidationError, match="names its"):
        _asked(kind=kind)
