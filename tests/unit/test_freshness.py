"""How late a source is: by the settings, else by its own rhythm."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from types import SimpleNamespace

import pytest

from detente.operations import notices
from detente.operations.status import SourceState
from detente.settings import Settings
from detente.sources import traits_of
from detente.sources.traits import usual_lag

DAY = date(2026, 1, 1)


@pytest.mark.parametrize(
    ("source", "silence", "days"),
    [
        ("gdelt2", 1, 2),
        ("ucdp_ged", 40, 580),  # a year comes in the middle of the next one
        ("icews", 1, None),  # it has ended
        ("mine", 3, 14),
        ("mine", 30, 60),  # twice the longest of its latest silences
        ("mine", None, None),
    ],
)
def test_the_rhythm_of_a_source(source: str, silence: int | None, days: int | None) -> None:
    assert usual_lag(traits_of(source), silence) == days


@pytest.mark.parametrize(
    ("allowed", "usual", "lag", "is_late"),
    [(None, 3, 4, True), (None, 3, 3, False), (30, 3, 4, False), (2, None, 3, True),
     (None, None, 4000, False)],
)  # fmt: skip
def test_the_settings_come_before_the_rhythm(
    allowed: int | None, usual: int | None, lag: int, is_late: bool
) -> None:
    state = SourceState("mine", DAY, 1, DAY, DAY, allowed, lag, usual)
    assert state.is_late == is_late


@pytest.mark.parametrize(
    ("days_before", "days_now", "is_told"),
    [
        (3, 4, True),  # at the run before just in time
        (4, 5, False),  # late then already
        (2, 3, False),  # not late yet
        (0, 400, True),
    ],
)
def test_a_source_is_told_of_once_when_it_falls_silent(
    monkeypatch: pytest.MonkeyPatch,
    real_settings: Settings,
    days_before: int,
    days_now: int,
    is_told: bool,
) -> None:
    moments = [datetime.combine(DAY + timedelta(days=n), time(3)) for n in (days_before, days_now)]
    ended = [SimpleNamespace(finished_at=one) for one in (*moments, None)]  # the last is under way
    late, fresh = (
        SourceState(name, DAY, 1, DAY, DAY, 3, lag)
        for name, lag in (("late", days_now), ("new", 0))
    )
    monkeypatch.setattr(notices.runs, "history", lambda _: ended)
    monkeypatch.setattr(notices.status, "look", lambda _: SimpleNamespace(sources=(late, fresh)))
    found = notices.of_silence(real_settings)
    assert (found is not None) == is_told
    if found:
        assert "no new events of late" in found.subject
        assert f"2026-01-01, {days_now} days ago; usual are 3 at the most" in found.text
        assert "new:" not in found.text
    # What was old when it was first loaded did not fall silent since.
    monkeypatch.setattr(notices.runs, "history", lambda _: ended[1:])
    assert notices.of_silence(real_settings) is None
