"""The study's questions: the verdict follows from the rows, and from nothing else."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from detente.analysis import breaks, hypotheses
from detente.analysis.results import Outcome, Stored, Verdict, saying
from detente.analysis.tables import BreakPoint, BreakTest, CommonClimate, EventEffect, Granger
from detente.settings import Hypothesis

SERIES = {"source": "records", "counting": "all", "freq": "month", "measure": "net"}
PAIR = {"actor1_iso3": "JPN", "actor2_iso3": "KOR"}


def _fields(sentence: str, p_value: float | None = None, **changes: Any) -> dict[str, Any]:
    """Return what every row has; refused where there is no p-value."""
    outcome = Outcome.REFUSED if p_value is None else Outcome.REJECTED
    base = {**SERIES, **PAIR, "outcome": outcome, "wording": saying(sentence)}
    return base | changes


def _break_test(test_id: str, sentence: str, p_value: float | None, **changes: Any) -> BreakTest:
    row = _fields(sentence, p_value, test_id=test_id, test=test_id, **changes)
    return BreakTest(**row, p_value=p_value)


def _any_break(p_value: float) -> list[Stored]:
    summary = _break_test("number_of_breaks", "One break.", None, outcome=Outcome.ESTIMATED)
    return [summary, _break_test(breaks.ANY_BREAK, "Some break.", p_value)]


def _point(day: date, lower: date | None, upper: date | None, **changes: Any) -> BreakPoint:
    row = _fields("It depends on exercises.", outcome=Outcome.ESTIMATED, test_id="break", **changes)
    return BreakPoint(
        **row, break_number=1, last_before=day, last_before_lo=lower, last_before_hi=upper,
        mean_before=0.0, mean_after=1.0,
    )  # fmt: skip


def _effect(kind: str, method: str, p_value: float) -> EventEffect:
    row = _fields(kind, p_value, test_id="event_study", test="a test")
    return EventEffect(**row, p_value=p_value, event_kind=kind, method=method)


TESTS = _any_break(0.002)


def _asked(**changes: Any) -> Hypothesis:
    base = {"id": "q", "question": "Is it so?", "kind": "break", "dyad": ["KOR", "JPN"]}
    return Hypothesis.model_validate(base | changes)


def _verdict(asked: Hypothesis, *results: Stored) -> str:
    return hypotheses.answers([asked], results, 0.05)[0].verdict


@pytest.mark.slow
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
    (told,) = hypotheses.answers([asked], [*TESTS, _point(day, day, day)], 0.05)
    hangs = "It depends on exercises. " if verdict == "supported" else ""
    assert (told.verdict, told.p_value, told.p_adjusted, told.n_family) == (
        verdict, 0.002, 0.002, 1,
    )  # fmt: skip
    assert told.sentence() == (
        f"One break. {hangs}It is the only test behind the study's questions: p = 0.002."
    )


@pytest.mark.slow
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
    assert _verdict(asked, *TESTS, _point(date(2022, 8, 31), lower, upper)) == verdict


def test_another_dyads_break_does_not_count() -> None:
    asked = _asked(first=date(2022, 1, 1), last=date(2023, 12, 31))
    point = _point(date(2022, 6, 30), None, None, actor1_iso3="CHN", actor2_iso3="JPN")
    assert _verdict(asked, *TESTS, point) == "not supported"


def test_a_break_that_the_test_of_any_break_does_not_support_does_not_count() -> None:
    asked = _asked(first=date(2022, 1, 1), last=date(2023, 12, 31))
    day = date(2022, 8, 31)
    assert _verdict(asked, *_any_break(0.06), _point(day, day, day)) == "not supported"


def test_a_refused_test_is_not_an_answer() -> None:
    asked = _asked(first=date(2022, 1, 1), last=date(2023, 12, 31))
    refused = [_break_test("number_of_breaks", "Too short.", None)]
    (told,) = hypotheses.answers([asked], refused, 0.05)
    assert (told.verdict, told.sentence()) == (Verdict.NOT_TESTED, "Too short.")
    assert (told.p_value, told.p_adjusted, told.n_family) == (None, None, 0)
    assert told.is_refused


@pytest.mark.slow
@pytest.mark.parametrize(
    ("values", "is_disputed", "verdict"),
    [
        ((0.01, 0.02, 0.01, 0.03), False, "partly supported"),
        ((0.01, 0.20, 0.01, 0.03), False, "not supported"),
        # Acts of both sides make the one, one-sided acts do not bear it out.
        ((0.01, 0.02, 0.40, 0.03), False, "not supported"),
        ((0.01, 0.02, 0.01, None), False, "not supported"),
        ((0.01, 0.02, 0.01, 0.03), True, "not supported"),
        ((None, None, None, None), False, "not tested"),
    ],
)
def test_reciprocity_needs_both_directions_on_all_and_on_one_sided_acts(
    values: tuple[float | None, ...], is_disputed: bool, verdict: str
) -> None:
    ways = [
        (acts, way) for acts in ("all", "one_sided") for way in (("JPN", "KOR"), ("KOR", "JPN"))
    ]
    rows = [
        Granger(
            **_fields(
                f"{a} {acts}.", p, actor1_iso3=a, actor2_iso3=b, test_id="granger", test="F",
                is_disputed=is_disputed,
            ),
            p_value=p,
            acts=acts,
            same_period_correlation=None,
            share_two_sided=None,
        )
        for (acts, (a, b)), p in zip(ways, values, strict=True)
    ]  # fmt: skip
    (told,) = hypotheses.answers([_asked(kind="reciprocity")], rows, 0.05)
    assert (told.verdict, told.is_disputed) == (verdict, is_disputed)
    assert told.p_value == (None if verdict == "not tested" else max(p for p in values if p))
    assert "JPN all. KOR all. JPN one_sided. KOR one_sided." in told.sentence()
    if verdict != "not tested":
        assert told.sentence().startswith(
            "The test asks whether past acts of each side help to predict"
        )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("values", "ratios", "verdict", "p_value"),
    [
        # Both ways beyond the climate, in one of two signs: the larger of them, times two.
        ({"conflict": (0.001, 0.01)}, (1.4, 1.5), "supported", 0.03),
        ({"conflict": (0.001, 0.024)}, (1.4, 1.5), "supported", 0.048),
        ({"conflict": (0.001, 0.03)}, (1.4, 1.5), "partly supported", 0.03),
        # Fewer acts after those of the other side are no answer in kind.
        ({"conflict": (0.001, 0.001)}, (1.4, 0.5), "partly supported", 0.03),
        ({"cooperation": (0.4, 0.2), "conflict": (0.001, 0.002)}, (1.4, 1.5), "supported", 0.03),
        ({"conflict": (0.001, None)}, (1.4, 1.5), "partly supported", 0.03),
    ],
)
def test_reciprocity_is_supported_only_beyond_a_common_climate(
    values: dict[str, tuple[float | None, ...]],
    ratios: tuple[float, float],
    verdict: str,
    p_value: float,
) -> None:
    ways = (("JPN", "KOR"), ("KOR", "JPN"))
    rows: list[Stored] = [
        Granger(
            **_fields("G.", p, actor1_iso3=a, actor2_iso3=b, test_id="granger", test="F"),
            p_value=p, acts=acts, same_period_correlation=None, share_two_sided=None,
        )
        for acts, p in (("all", 0.01), ("one_sided", 0.03))
        for a, b in ways
    ]  # fmt: skip
    rows += [
        CommonClimate(
            **_fields("C.", p, actor1_iso3=a, actor2_iso3=b, test_id="common_climate", test="z"),
            p_value=p, sign=sign, ratio=None if p is None else ratio,
        )
        for sign, of_sign in values.items()
        for (a, b), p, ratio in zip(ways, of_sign, ratios, strict=True)
    ]  # fmt: skip
    (told,) = hypotheses.answers([_asked(kind="reciprocity")], rows, 0.05)
    assert told.verdict == verdict
    assert told.p_value == pytest.approx(p_value)
    assert "C." in told.sentence()


def test_an_effect_is_judged_by_its_event_study() -> None:
    rows = [
        _effect("Launches", "event study", 0.5), _effect("Launches", "local projection", 0.001)
    ]  # fmt: skip
    asked = _asked(kind="effect", event_kind="Launches")
    (told,) = hypotheses.answers([asked], rows, 0.05)
    assert told.verdict == "not supported"
    assert told.sentence().startswith("Launches It is the only test")


def test_the_questions_are_a_family_in_which_a_test_counts_once() -> None:
    spans = [(date(2018, 1, 1), date(2019, 12, 31)), (date(2022, 1, 1), date(2023, 12, 31))]
    asked = [
        *(_asked(id=f"q{n}", first=first, last=last) for n, (first, last) in enumerate(spans)),
        _asked(id="q2", kind="effect", event_kind="Launches"),
        _asked(id="q3", kind="effect", event_kind="Trade"),
    ]
    effects = [_effect("Launches", "event study", 0.03), _effect("Trade", "event study", 0.9)]
    told = hypotheses.answers(asked, [*TESTS, *effects], 0.05)
    # Three tests: 3 x 0.002, then 2 x 0.03, then 0.9. Both questions about breaks rest on one.
    assert [row.n_family for row in told] == [3] * 4
    assert [row.p_adjusted for row in told] == pytest.approx([0.006, 0.006, 0.06, 0.9])
    assert [row.verdict for row in told][2] == "not supported"
    assert [row.position for row in told] == [1, 2, 3, 4]


@pytest.mark.parametrize("kind", ["break", "effect"])
def test_a_question_without_what_its_kind_needs_is_refused(kind: str) -> None:
    with pytest.raises(ValidationError, match="names its"):
        _asked(kind=kind)


@pytest.mark.parametrize(("is_step", "verdict"), [(True, "supported"), (False, "not supported")])
def test_a_break_is_supported_only_where_steps_beat_drift(*, is_step: bool, verdict: str) -> None:
    day = date(2022, 8, 31)
    asked = _asked(first=date(2022, 1, 1), last=date(2023, 12, 31))
    changes = (
        (date(2021, 7, 1), date(2023, 7, 1), "It rose."),
        (date(2010, 7, 1), date(2012, 7, 1), "It fell."),
    )
    first, second = sorted(asked.dyad)
    moved = {(first, second): hypotheses.Movement(is_step, "So it moved.", changes)}
    results = [*TESTS, _point(day, day, day)]
    (told,) = hypotheses.answers([asked], results, 0.05, moved)
    assert told.verdict == verdict
    assert told.sentence().startswith("So it moved. It rose.")
    assert "It fell." not in told.sentence()
