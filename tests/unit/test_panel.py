"""Effects over several dyads: what is found, how surely, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from detente.statistics.effects.event_study import WindowSettings, whole_windows, windows
from detente.statistics.effects.events import Event, place_events
from detente.statistics.effects.panel import Member, panel_effect
from detente.statistics.effects.results import EffectResult
from detente.statistics.results import Refusal

INDEX = pd.period_range("2000-01", periods=240, freq="M")
SETTINGS = WindowSettings(before=4, after=4)


def _members(effect: float, seed: int, n: int = 8, *, shared: bool = False) -> dict[str, Member]:
    rng = np.random.default_rng(seed)
    common = rng.normal(size=240) if shared else np.zeros(240)
    places = np.sort(rng.choice(np.arange(10, 230), 12, replace=False))
    found = {}
    for number in range(n):
        own = places if shared else np.sort(rng.choice(np.arange(10, 230), 12, replace=False))
        values = (1 + number) * (rng.normal(size=240) + common)
        for place in own:
            values[place : place + 4] += effect * (1 + number)
        events = tuple(Event(when=INDEX[place], category="launch") for place in own)
        series = pd.Series(values, index=INDEX, name="net")
        found[f"dyad {number}"] = Member(series=series, events=events)
    return found


def _result(members: dict[str, Member]) -> EffectResult:
    found = panel_effect(members, "launch", SETTINGS)
    assert isinstance(found, EffectResult)
    return found


def test_an_effect_on_all_dyads_is_found_in_standard_deviations() -> None:
    estimate = _result(_members(1.5, 1)).main.estimate
    assert estimate.p_value < 0.001
    assert estimate.degrees_of_freedom == 7
    # The effect itself adds to each dyad's spread.
    assert 0.7 < estimate.value < 1.5


def test_the_estimate_is_that_of_a_regression_with_a_constant_for_each_dyad() -> None:
    members = _members(0.8, 2)
    blocks = []
    for name, one in members.items():
        counts = whole_windows(place_events(one.series, one.events).of("launch"), SETTINGS)
        before, after = windows(counts, SETTINGS)
        y = one.series.to_numpy()
        blocks.append(
            pd.DataFrame({"y": y / y.std(), "before": before, "after": after, "dyad": name})
        )
    fitted = smf.ols("y ~ C(dyad) + before + after", pd.concat(blocks)).fit()
    estimate = _result(members).main.estimate
    assert estimate.value == pytest.approx(fitted.params["after"] - fitted.params["before"])


@pytest.mark.slow
def test_events_and_shocks_that_dyads_share_do_not_make_it_too_sure() -> None:
    rejected = [
        _result(_members(0.0, seed, 10, shared=True)).main.test.rejects() for seed in range(60)
    ]
    assert np.mean(rejected) <= 0.2


def test_few_dyads_or_no_whole_window_are_refused() -> None:
    few = panel_effect(_members(1.0, 3, 4), "launch", SETTINGS)
    assert isinstance(few, Refusal)
    assert "4 dyads have events of this kind; 5 are needed" in few.reason
    late = {
        name: Member(series=one.series, events=(Event(when=INDEX[1], category="launch"),))
        for name, one in _members(1.0, 4).items()
    }
    none = panel_effect(late, "launch", SETTINGS)
    assert isinstance(none, Refusal)
    assert "no event has its whole window" in none.reason
