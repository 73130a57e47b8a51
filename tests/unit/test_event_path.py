"""The event-study path: equal to plain differences where those are clear, and to a known effect."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from detente.statistics.effects.event_path import event_study_path
from detente.statistics.effects.event_study import WindowSettings
from detente.statistics.effects.events import Event
from detente.statistics.effects.results import EffectResult
from detente.statistics.results import Refusal
from tests.support.some import some

MONTHS = pd.period_range("2000-01", periods=240, freq="M")
PLACES = (30, 60, 95, 130, 170, 205)
EVENTS = tuple(Event(when=MONTHS[place], category="launch") for place in PLACES)
WINDOW = WindowSettings(before=4, after=5)


def _noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=len(MONTHS))


def _path(values: np.ndarray, events: tuple[Event, ...] = EVENTS) -> EffectResult:
    found = event_study_path(pd.Series(values, index=MONTHS, name="net"), events, "launch", WINDOW)
    assert isinstance(found, EffectResult)
    return found


def test_without_overlaps_the_path_is_the_mean_difference_from_the_month_before() -> None:
    values = _noise(1)
    found = {term.horizon: term.estimate.value for term in _path(values).terms}
    assert list(found) == [-4, -3, -2, 0, 1, 2, 3, 4]
    for horizon, value in found.items():
        plain = np.mean([values[place + horizon] - values[place - 1] for place in PLACES])
        assert value == pytest.approx(plain)


def test_a_known_effect_is_found_where_events_overlap() -> None:
    # Each launch adds 8 in its month and 3 in the next; two come two months apart.
    places = (*PLACES, 62, 132)
    counts = np.bincount(places, minlength=len(MONTHS))
    values = 0.05 * _noise(2) + 8 * counts + 3 * np.roll(counts, 1)
    events = tuple(Event(when=MONTHS[place], category="launch") for place in places)
    found = {term.horizon: term.estimate.value for term in _path(values, events).terms}
    assert found[0] == pytest.approx(8, abs=0.2)
    assert found[1] == pytest.approx(3, abs=0.2)
    assert all(abs(found[h]) < 0.2 for h in (-4, -3, -2, 2, 3, 4))


def test_the_base_moves_no_shape_and_the_unit_scales_the_path() -> None:
    values = _noise(3)
    one, other = _path(values), _path(5 + 10 * values)
    for a, b in some(zip(one.terms, other.terms, strict=True)):
        assert b.estimate.value == pytest.approx(10 * a.estimate.value)
        assert b.estimate.p_value == pytest.approx(a.estimate.p_value)


def test_a_series_that_moves_before_fails_the_check() -> None:
    values = 0.2 * _noise(4)
    for place in PLACES:
        values[place - 4 : place - 1] += 5
    found = _path(values)
    assert found.pre_trend is not None
    assert found.pre_trend.rejects(0.01)
    quiet = _path(_noise(5)).pre_trend
    assert quiet is not None
    assert not quiet.rejects(0.01)


@pytest.mark.slow
def test_the_bands_hold_the_truth_about_as_often_as_they_say() -> None:
    hits = [
        term.estimate.lower <= 0 <= term.estimate.upper
        for seed in range(60)
        for term in _path(_noise(100 + seed)).terms
    ]
    assert 0.91 <= np.mean(hits) <= 0.995


def test_events_at_an_end_are_left_out_and_none_is_a_refusal() -> None:
    late = Event(when=MONTHS[-2], category="launch")
    found = _path(_noise(6), (*EVENTS, late))
    assert found.n_left_out == 1
    assert found.main.n_events == len(EVENTS)
    alone = event_study_path(
        pd.Series(_noise(6), index=MONTHS, name="net"), [late], "launch", WINDOW
    )
    assert isinstance(alone, Refusal)
    assert "whole window" in alone.reason
