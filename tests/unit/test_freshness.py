"""How late a source is: by the settings, else by its own rhythm."""

from __future__ import annotations

from datetime import date

import pytest

from detente.operations.status import SourceState
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
