"""Bias, coverage and false positives where the truth is known.

Bounds are three binomial standard errors wide. The noise is of the kinds that event series have:
white, persistent, slow change under chance, and bursts of acts of either sign.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter

from detente.statistics.effects.event_study import event_study_by_category
from detente.statistics.effects.events import Event
from detente.statistics.effects.local_projection import (
    ProjectionSettings,
    local_projection_by_category,
)
from detente.statistics.effects.placebo import PlaceboSettings, placebo_dates
from detente.statistics.effects.results import EffectResult
from detente.statistics.results import TestResult
from detente.statistics.samples import FloatArray

N = 300
INDEX = pd.period_range("2000-01", periods=N, freq="M")

Noise = Callable[[np.random.Generator], FloatArray]


def _persistent(rng: np.random.Generator) -> FloatArray:
    return np.asarray(lfilter([1.0], [1.0, -0.6], rng.standard_normal(N + 100))[100:])


def _slow_under_chance(rng: np.random.Generator) -> FloatArray:
    slow = lfilter([0.3], [1.0, -0.95], rng.standard_normal(N + 100))[100:]
    return np.asarray(slow + rng.standard_normal(N))


def _bursts(rng: np.random.Generator) -> FloatArray:
    return np.asarray(rng.poisson(3.0, N) * rng.standard_normal(N) / 3.0)


NOISES = {
    "white": lambda rng: rng.standard_normal(N),
    "persistent": _persistent,
    "slow under chance": _slow_under_chance,
    "bursts": _bursts,
}
noises = pytest.mark.parametrize("noise", NOISES.values(), ids=NOISES.keys())


def _clustered(rng: np.random.Generator, share: float) -> FloatArray:
    """Events that come in spells, so that their windows overlap."""
    state, counts = False, np.zeros(N)
    for t in range(N):
        state = rng.random() < (0.8 if state else 0.06)
        counts[t] = rng.random() < (share if state else 0.01)
    return counts


def _case(
    rng: np.random.Generator, noise: Noise, path: FloatArray
) -> tuple[pd.Series, list[Event]]:
    """Clustered launches with the given path, and summits in the same spells with half of it."""
    launches, summits = _clustered(rng, 0.35), _clustered(rng, 0.2)
    values = noise(rng)
    values = values + np.convolve(launches, path)[:N] + 0.5 * np.convolve(summits, path)[:N]
    events = [
        Event(when=INDEX[t], category=category)
        for category, counts in (("launch", launches), ("summit", summits))
        for t in np.flatnonzero(counts)
    ]
    return pd.Series(values, index=INDEX, name="net"), events


def _share_bounds(rate: float, n: int, slack: float = 0.0) -> tuple[float, float]:
    half = 3.0 * np.sqrt(rate * (1.0 - rate) / n) + slack
    return rate - half, rate + half


SIZED = [(noise, 1.0) for noise in NOISES if noise != "persistent"] + [("persistent", 0.0)]
sized = pytest.mark.parametrize(
    ("kind", "size"),
    [("persistent", 1.0), *(pytest.param(*one, marks=pytest.mark.full) for one in SIZED)],
)


@pytest.mark.full
@sized
def test_event_study_is_unbiased_covers_and_keeps_its_level(kind: str, size: float) -> None:
    rng = np.random.default_rng(1)
    errors, covered, moving = [], [], []
    for _ in range(150):
        series, events = _case(rng, NOISES[kind], size * np.ones(6))
        (answer,) = event_study_by_category(series, events, only="launch")
        if not isinstance(answer, EffectResult):
            continue
        estimate = answer.main.estimate
        errors.append(estimate.value - size)
        covered.append(estimate.lower <= size <= estimate.upper)
        assert answer.pre_trend is not None
        moving.append(answer.pre_trend.rejects())
    n = len(errors)
    assert n >= 140
    assert abs(np.mean(errors)) < 3.5 * np.std(errors) / np.sqrt(n)
    low, high = _share_bounds(0.95, n)
    assert low <= np.mean(covered) <= max(high, 0.99)
    assert np.mean(moving) <= _share_bounds(0.05, n)[1]


@pytest.mark.full
@pytest.mark.parametrize(
    ("kind", "size"), [("persistent", 0.0), ("persistent", 1.0), ("slow under chance", 1.0)]
)
def test_local_projections_are_unbiased_cover_and_keep_their_level(kind: str, size: float) -> None:
    """A path of 2, 1.5, 1, 0.5 and nothing after, and nothing at all where the size is nil."""
    settings = ProjectionSettings(horizon=6, lags=4, leads=3)
    rng = np.random.default_rng(2)
    path = size * np.array([2.0, 1.5, 1.0, 0.5, 0.0, 0.0, 0.0])
    truth = np.array([path.mean(), 0.0, 0.0, *path])
    values, hits, moving = [], [], []
    for _ in range(80):
        series, events = _case(rng, NOISES[kind], path)
        (answer,) = local_projection_by_category(series, events, settings, only="launch")
        if not isinstance(answer, EffectResult):
            continue
        estimates = [term.estimate for term in answer.terms]
        values.append([e.value for e in estimates])
        hits.append([e.lower <= v <= e.upper for e, v in zip(estimates, truth, strict=True)])
        assert answer.pre_trend is not None
        moving.append(answer.pre_trend.rejects())
    n = len(values)
    assert n >= 72
    error = np.array(values) - truth
    assert (np.abs(error.mean(axis=0)) < 3.5 * error.std(axis=0) / np.sqrt(n)).all()
    rates = np.mean(hits, axis=0)
    assert rates.mean() == pytest.approx(0.95, abs=0.03)
    assert rates.min() >= _share_bounds(0.95, n, slack=0.01)[0]
    assert np.mean(moving) <= _share_bounds(0.05, n)[1]


@pytest.mark.full
@noises
@pytest.mark.parametrize("scheme", ["circular", "random"])
def test_placebo_dates_reject_at_their_level_without_an_effect(noise: Noise, scheme: str) -> None:
    rng = np.random.default_rng(5)
    settings = PlaceboSettings(scheme=scheme, n_draws=299)  # type: ignore[arg-type]
    p_values = []
    for _ in range(250):
        values = noise(rng)
        places = rng.choice(N, 10, replace=False)
        series = pd.Series(values, index=INDEX, name="net")
        events = [Event(when=INDEX[place], category="summit") for place in places]
        test = placebo_dates(series, events, "summit", None, settings)
        assert isinstance(test, TestResult)
        assert test.p_value is not None
        p_values.append(test.p_value)
    for level in (0.05, 0.2):
        assert np.mean(np.array(p_values) <= level) <= _share_bounds(level, 250)[1]
        assert np.mean(np.array(p_values) <= level) >= _share_bounds(level, 250)[0]


@pytest.mark.full
def test_placebo_dates_find_an_effect() -> None:
    rng = np.random.default_rng(6)
    found = []
    for _ in range(100):
        places = 15 + 27 * np.arange(10) + rng.integers(0, 10, 10)
        values = _persistent(rng)
        for place in places:
            values[place : place + 6] += 2.0
        series = pd.Series(values, index=INDEX, name="net")
        events = [Event(when=INDEX[place], category="summit") for place in places]
        test = placebo_dates(series, events, "summit")
        assert isinstance(test, TestResult)
        found.append(test.rejects())
    assert np.mean(found) >= 0.8
