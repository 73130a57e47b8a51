"""A question of the study: the verdict, a line about the test, and the result in full."""

from __future__ import annotations

import pytest

from detente.report import language
from detente.report.pages import overview

SAY = language.load()


@pytest.mark.parametrize(
    ("verdict", "p", "line"),
    [
        ("supported", 0.0004, "The test is significant (p < 0.001)."),
        ("partly supported", 0.02, "leaves part of the question open"),
        ("not supported", 0.02, "other results do not support this answer"),
        ("not supported", 0.4, "Nothing clear was found (p = 0.400)."),
        ("not tested", None, "The data do not support a test."),
    ],
)
def test_an_answer_says_what_its_test_found(verdict: str, p: float | None, line: str) -> None:
    row = {
        "hypothesis_id": "Thaw 2023", "question": "Did it?", "verdict": verdict, "p_adjusted": p,
        "sentence": "A test in full.", "parts": None,
    }  # fmt: skip
    told = overview.question(row, 0.05, SAY)
    assert line in told.text
    assert (told.id, told.full) == ("question-thaw-2023", "A test in full.")
    assert told.is_supported == (verdict == "supported")
