"""What a page keeps where there is too much, in which order, and whom a sentence names first."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import pytest

from detente.report import language
from detente.report.model.events import Event
from detente.report.model.pairs import Actor, Pair, Study
from detente.report.model.reported import Reported, Span
from detente.report.model.results import Results
from detente.report.pages import events as events_page
from detente.report.pages import summary
from detente.report.pages.annex import direction
from detente.report.pages.annex.wording import ResultsInWords
from detente.report.pages.blocks import Result

SAY = language.load()
FEED = Reported("gdelt2")
ALAND, BLAND = Actor("AAA", "Aland"), Actor("BBB", "Bland")


def _event(number: int, day: int, n_mentions: int = 1, points: float = 1.0) -> Event:
    return Event(
        f"e{number}", ("AAA", "BBB"), date(2025, 1, day), "summit", "12", points, True,
        f"Event {number}", "", "", "", "", 1, n_mentions,
    )  # fmt: skip


def _pair(events: tuple[Event, ...], later: tuple[Event, ...] = ()) -> Pair:
    return Pair(ALAND, BLAND, FEED, events=events, n_events=len(events), later=later)


@pytest.mark.parametrize(
    ("most", "kept", "is_told"),
    [(2, ["e4", "e1"], True), (3, ["e3", "e4", "e1"], True), (4, ["e2", "e3", "e4", "e1"], False)],
)
def test_of_too_many_events_the_most_mentioned_stay_and_of_equals_the_later(
    monkeypatch: pytest.MonkeyPatch, most: int, kept: list[str], is_told: bool
) -> None:
    monkeypatch.setattr(events_page, "MOST", most)
    pair = _pair((_event(1, 9, 5), _event(2, 1, 2), _event(3, 2, 2), _event(4, 3, 2)))
    study = Study("Any", FEED, Span(None, None, None), date(2025, 2, 1), (pair,))
    view = events_page.events_view(study, SAY)
    assert [one.id for one in view.events] == kept
    assert bool(view.left_out) == is_told


def test_the_summary_names_the_largest_event_of_the_last_month_and_of_equals_the_latest() -> None:
    events = (_event(1, 3, points=-4.0), _event(2, 5, points=4.0), _event(3, 7, points=1.0))
    told = summary._line(_pair(events), None, None, SAY)
    assert (told.title, told.when) == ("Event 2", SAY.day(date(2025, 1, 5)))
    after = summary._line(_pair(events, later=events[1:]), None, None, SAY)
    assert after.when == SAY("message.later", day=SAY.day(date(2025, 1, 5)))


def _told(table: str, **changed: Any) -> str:
    row = {
        "actor1_iso3": "AAA", "actor2_iso3": "BBB", "test_id": "x", "acts": "all",
        "sign": "conflict", "outcome": "rejected", "is_refused": False, "is_disputed": False,
        "ratio": 1.5, "p_value": 0.01, "p_adjusted": 0.02, "sentence": "", "parts": None,
    } | changed  # fmt: skip
    pair = cast(Pair, SimpleNamespace(actor1=ALAND, actor2=BLAND))
    found = direction.blocks(ResultsInWords(pair, Results({table: [row]}), SAY))
    (result,) = [one for one in found if isinstance(one, Result)]
    return result.plain


@pytest.mark.parametrize("table", ["granger", "common_climate"])
def test_the_side_that_predicts_comes_before_the_one_that_answers(table: str) -> None:
    # A row of A and B holds what the past acts of B say about the acts of A.
    for outcome in ("rejected", "not rejected"):
        plain = _told(table, outcome=outcome)
        assert plain.index("Bland") < plain.index("Aland")
        turned = _told(table, outcome=outcome, actor1_iso3="BBB", actor2_iso3="AAA")
        assert turned.index("Aland") < turned.index("Bland")
    assert _told(table) != _told(table, outcome="not rejected")
