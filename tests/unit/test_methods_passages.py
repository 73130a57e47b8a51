"""The page of methods tells of a study's own actors alone."""

from __future__ import annotations

import re

from detente.report.pages.methods import about
from tests.support.studies import ROOT


def test_a_passage_about_other_actors_is_left_out() -> None:
    text = "One.\n\n<!-- for AAA BBB -->\nTwo.\n\nThree.\n<!-- end -->\n\nFour.\n"
    assert about(text, {"AAA", "BBB", "CCC"}) == "One.\n\nTwo.\n\nThree.\n\nFour.\n"
    assert about(text, {"AAA"}) == "One.\n\n\nFour.\n"


def test_of_the_shipped_study_no_result_stands_on_another_studys_page() -> None:
    text = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
    other, shipped = (
        about(text, actors.split())
        for actors in ("GRC TUR", "CHN JPN KOR PRK USA records statements")
    )
    assert "<!--" not in other + shipped
    # Nor where the same states are studied by other records, or by a feed.
    assert "Takeshima" not in about(text, {"JPN", "KOR", "CHN", "PRK", "USA", "records", "acts"})
    assert "Known crises and thaws" in shipped
    for told in (
        "Known crises",
        "WTO consultations: 040",
        "Takeshima",
        "On the shipped records drift",
    ):
        assert told in shipped
        assert told not in other
    # What is the method itself stays, word for word.
    assert set(re.findall(r"^#+ .*$", shipped, re.MULTILINE)) - set(
        re.findall(r"^#+ .*$", other, re.MULTILINE)
    ) == {"### Known crises and thaws"}
