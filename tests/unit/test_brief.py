"""The brief of a pair: one page that is full, whatever the pair has to tell."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pypdf
import pytest

from detente.report import language
from detente.report.model import verdict as rules
from detente.report.model.balance import Month
from detente.report.model.events import Event, Sum, by_kind
from detente.report.model.pairs import Actor, Pair, Study
from detente.report.model.reported import Reported, Span
from detente.report.pages import pair as page
from detente.report.pages.documents import brief_pdf

SAY = language.load()
RECORDS = Reported("records")
LAST = date(2025, 12, 28)
FOOT = 70.0  # points of a page that its margin and its foot take


def _event(n: int, day: date, kind: str) -> Event:
    return Event(
        f"e{n}", ("AAA", "BBB"), day, kind, "12", 5.0 - 10.0 * (n % 2), True,
        f"Number {n} of the acts of two states, told in a title of the usual length of records",
        "", "A paper", "", "own.csv", n, 1,
    )  # fmt: skip


def _pair(n_recent: int) -> Pair:
    """Return a pair with thirty years of records and so many events in the last twelve months."""
    months = [
        Month(
            date(1996 + n // 12, n % 12 + 1, 1), 0.0, 1, 0, True,
            balance=60.0 - n % 90, n_window=n_recent, lo=-70.0, hi=80.0, share_lower=0.6,
        )
        for n in range(360)
    ]  # fmt: skip
    kinds = ("summit", "protest", "tariff", "sanction", "missile_launch", "declaration", "dialogue")
    recent = [
        _event(n, LAST - timedelta(days=340 * n // n_recent), kinds[n % len(kinds)])
        for n in range(n_recent)
    ]
    older = [_event(100 + n, date(2024 - n, 6, 1), "summit") for n in range(25)]
    sums = [Sum(one.month, one.kind, "12", one.points, abs(one.points), 1) for one in recent]
    found = by_kind(recent, sum(one.points for one in recent), 1.0, 6, sums)
    return Pair(
        Actor("AAA", "Aland"), Actor("BBB", "Bland"), RECORDS, tuple(months),
        events=tuple(reversed([*recent, *older])), n_events=len(recent) + len(older),
        sums=tuple(sums), kinds=tuple(found), verdict=rules.verdict(months, found, ()),
    )  # fmt: skip


def _lowest(content: pypdf.PageObject) -> tuple[float, str]:
    """Return how far above the foot of the page the lowest text of its body stands, and all."""
    heights: list[float] = []

    def visit(text: str, matrix: list[float], own: list[float], *_: object) -> None:
        if text.strip():
            heights.append(matrix[0] * own[5] + matrix[5] if matrix[3] > 0 else matrix[5] - own[5])

    text = content.extract_text(visitor_text=visit)
    return min(one for one in heights if one > FOOT), text


@pytest.mark.parametrize("n_recent", [2, 12, 40])
@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_a_brief_is_one_page_and_leaves_none_of_it_empty(n_recent: int, paper: str) -> None:
    pair = _pair(n_recent)
    study = Study("Isles", RECORDS, Span(date(1996, 1, 1), LAST, LAST), LAST, (pair,), 1)
    pdf = brief_pdf(page.view(study, pair, SAY), "Isles", "Source: a paper.", SAY, paper)
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    assert len(pages) == 1
    lowest, text = _lowest(pages[0])
    assert lowest < 0.2 * float(pages[0].mediabox.height)
    flat = " ".join(text.split())
    if n_recent < 5:
        assert "More events, latest first" in flat
        assert "too few events now for a place among them" in flat
    # An example of what moved the balance is not told twice.
    told = [one for one in range(200) if flat.count(f"Number {one} of the acts") > 1]
    assert told == []
