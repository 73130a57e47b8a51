"""What must hold of estimated effects whatever the series and the events."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.statistics.effects.event_study import (
    WindowSettings,
    event_study_by_category,
)
from detente.statistics.effects.events import Event
from detente.statistics.effects.local_projection import (
    ProjectionSettings,
    local_projection_by_category,
)
from detente.statistics.effects.placebo import PlaceboSettings, placebo_dates
from detente.statistics.effects.results import EffectResult, effect_sentence
from detente.statistics.hac import HacRegression
from detente.statistics.results import Refusal, TestResult
from tests.support.effort import examples
from tests.support.some import some

WINDOW = WindowSettings(before=4, after=4)
PATH = ProjectionSettings(horizon=4, lags=2, leads=3)

Answers = list[EffectResult | Refusal]
Case = tuple[pd.Series, list[Event]]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Net scores of a sparse or busy dyad, and events of two categories anywhere."""
    n_obs = draw(st.integers(60, 140))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    activity = draw(st.floats(0.05, 1.0))
    values = np.round(rng.normal(0.0, 5.0, n_obs), 1) * (rng.random(n_obs) < activity)
    index = pd.period_range("2000-01", periods=n_obs, freq="M")
    places = draw(st.lists(st.integers(0, n_obs - 1), min_size=1, max_size=18))
    events = [Event(when=index[place], category="ab"[int(rng.random() < 0.4)]) for place in places]
    return pd.Series(values, index=index, name="net"), events


def _all_answers(series: pd.Series, events: list[Event]) -> Answers:
    return [
        *event_study_by_category(series, events, WINDOW),
        *local_projection_by_category(series, events, PATH),
    ]


@pytest.mark.slow
@settings(max_examples=examples(15))
@given(cases())
def test_every_answer_is_a_number_or_a_reason_but_never_nan(case: Case) -> None:
    for answer in some(_all_answers(*case)):
        if isinstance(answer, Refusal):
            assert answer.reason
            continue
        for term in answer.terms:
            estimate = term.estimate
            assert all(math.isfinite(v) for v in vars(estimate).values())
            assert estimate.lower <= estimate.value <= estimate.upper
            assert estimate.standard_error > 0.0
            assert 0.0 <= estimate.p_value <= 1.0
            assert "nan" not in effect_sentence(answer, term=term)
        assert answer.pre_trend is None or answer.pre_trend.p_value is not None


@pytest.mark.slow
@settings(max_examples=examples(10))
@given(cases(), st.floats(0.1, 50.0), st.floats(-100.0, 100.0))
def test_unit_and_origin_of_the_series_move_the_effect_as_they_should(
    case: Case, factor: float, shift: float
) -> None:
    series, events = case
    before = _all_answers(series, events)
    after = _all_answers((series * factor + shift).rename("net"), events)
    for one, other in some(zip(before, after, strict=True)):
        assert type(one) is type(other)
        if isinstance(one, Refusal) or isinstance(other, Refusal):
            continue
        for old, new in zip(one.terms, other.terms, strict=True):
            spread = old.estimate.standard_error
            assert new.estimate.value / factor == pytest.approx(
                old.estimate.value, rel=1e-5, abs=1e-5 * spread
            )
            assert new.estimate.standard_error / factor == pytest.approx(spread, rel=1e-4)


@pytest.mark.slow
@settings(max_examples=examples(10))
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_in_which_events_are_given_does_not_matter(case: Case, random: object) -> None:
    series, events = case
    mixed = list(events)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    for method, chosen in (
        (event_study_by_category, WINDOW),
        (local_projection_by_category, PATH),
    ):
        assert method(series, events, chosen) == method(series, mixed, chosen)  # type: ignore[operator]


@settings(max_examples=examples(10))
@given(cases(), st.sampled_from(["circular", "random"]))
def test_placebo_p_values_lie_on_their_grid(case: Case, scheme: str) -> None:
    series, events = case
    chosen = PlaceboSettings(scheme=scheme, n_draws=60)  # type: ignore[arg-type]
    test = placebo_dates(series, events, events[0].category, WINDOW, chosen)
    if isinstance(test, Refusal):
        assert test.reason
        return
    assert isinstance(test, TestResult)
    assert math.isfinite(test.statistic)
    n_placebos = int(str(test.settings["n_placebos"]))
    assert test.p_value is not None
    steps = test.p_value * (n_placebos + 1)
    assert steps == pytest.approx(round(steps))
    assert 1 <= round(steps) <= n_placebos + 1


@settings(max_examples=examples(10))
@given(st.integers(0, 2**32 - 1), st.integers(0, 8), st.integers(30, 90))
def test_corrected_errors_are_never_smaller_than_plain_newey_west(
    seed: int, bandwidth: int, n_obs: int
) -> None:
    """Residuals are smaller than errors and the kernel shrinks: the factor is at least one."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n_obs), np.arange(n_obs) > n_obs * 0.8, rng.random(n_obs)])
    fit = HacRegression(rng.standard_normal(n_obs), x.astype(float), bandwidth)
    weights = np.array([0.0, 1.0, 0.0])
    found = fit.contrast(weights)
    plain = math.sqrt(weights @ fit.covariance @ weights)
    assert found.standard_error >= plain * (1.0 - 1e-9)
    assert 0.0 < found.degrees_of_freedom <= n_obs
