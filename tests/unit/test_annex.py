"""What the annex of a pair says of a test follows from columns, however the database words it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import pytest

from detente.report import language
from detente.report.model.balance import Month
from detente.report.model.events import Event
from detente.report.model.pairs import Actor, Pair
from detente.report.model.reported import Reported
from detente.report.model.results import Results
from detente.report.pages import annex
from detente.report.pages.annex import history, shifts
from detente.report.pages.annex.wording import ResultsInWords
from detente.report.pages.blocks import Result, Table

ENGLISH = language.load()


def _shown(**changed: Any) -> Result:
    row = {
        "test_id": "any_break", "test": "sup-F", "outcome": "rejected", "is_refused": False,
        "null_hypothesis": "the coefficients never change", "statistic": 9.0, "p_value": 0.01,
        "p_adjusted": 0.02, "sentence": "It moves.", "parts": None,
    } | changed  # fmt: skip
    pair = SimpleNamespace(actor1=Actor("JPN", "Japan"), actor2=Actor("KOR", "South Korea"))
    found = Results({"break_test": [row]})
    return shifts._break_test(ResultsInWords(cast(Pair, pair), found, ENGLISH), row)


def test_a_level_has_the_decimals_of_the_report_and_no_negative_zero() -> None:
    pair = SimpleNamespace(actor1=Actor("JPN", "Japan"), actor2=Actor("KOR", "South Korea"))
    found = {
        places: ResultsInWords(cast(Pair, pair), Results({}), replace(ENGLISH, places=places))
        for places in (0, 2)
    }
    assert [found[0].level(one) for one in (-0.04, -0.06, 12.34)] == ["0.0", "−0.1", "12.3"]
    assert [found[2].level(one) for one in (-0.004, -0.04)] == ["0.00", "−0.04"]


@pytest.mark.parametrize("words", ["the coefficients never change", "nothing moves", None])
def test_whether_a_test_is_of_the_level_is_no_matter_of_words(words: str | None) -> None:
    for outcome, told in (("rejected", "is not constant"), ("not rejected", "No change")):
        assert told in _shown(outcome=outcome, null_hypothesis=words).plain
        other = _shown(outcome=outcome, null_hypothesis=words, test_id="breaks_1_against_2")
        assert told not in other.plain


def _diagnostic(**changed: Any) -> Result:
    row = {
        "test": "augmented Dickey-Fuller test", "outcome": "rejected", "is_refused": False,
        "null_hypothesis": "the series has a unit root", "statistic": -3.7, "p_value": 0.004,
        "p_adjusted": 0.007, "distribution": "", "sentence": "In full.", "parts": None,
        "refusal": None,
    } | changed  # fmt: skip
    pair = SimpleNamespace(actor1=Actor("JPN", "Japan"), actor2=Actor("KOR", "South Korea"))
    found = Results({"diagnostic": [row]})
    (told,) = annex._diagnostics(ResultsInWords(cast(Pair, pair), found, ENGLISH))
    assert isinstance(told, Result)
    return told


def test_a_diagnostic_is_a_plain_sentence_first() -> None:
    name = "the hypothesis that the series has a unit root: augmented Dickey-Fuller test, p"
    assert _diagnostic().plain == f"The test rejects {name} = 0.007."
    kept = _diagnostic(outcome="not rejected", p_adjusted=None)
    assert kept.plain == f"The test does not reject {name} = 0.004."


def test_a_test_that_was_not_made_is_named_with_the_reason() -> None:
    told = _diagnostic(is_refused=True, outcome="refused", refusal="no counts")
    assert told.plain.startswith("Augmented Dickey-Fuller test: ")
    assert told.tag == "not tested"


def test_the_events_of_a_best_month_are_those_that_raised_it() -> None:
    day = date(2025, 3, 1)

    def event(points: float, title: str) -> Event:
        return Event(
            title, ("JPN", "KOR"), day, "a", "12", points, True, title, "", "", "", "", 1, 0
        )  # fmt: skip

    pair = Pair(
        Actor("JPN", "Japan"), Actor("KOR", "South Korea"), Reported("records"),
        (Month(day, 3.0, 3, 0, True),),
        events=(event(-9.0, "Clash"), event(7.0, "Visit"), event(5.0, "Talks")),
    )  # fmt: skip
    (table,) = history.extremes(pair, Results({}), ENGLISH)
    assert isinstance(table, Table)
    assert table.rows[0][-1] == "Visit; Talks"
