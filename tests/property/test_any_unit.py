"""No public test of a series depends on its unit or on a large level, and none fails on either.

Each is asked of a series of quarter points, and of the same series in another unit and on a level
of up to 1e12 of its spread. What it says is the same, scaled where it has the series' unit; what
cannot be told any more from rounding is refused.
"""

from __future__ import annotations

import dataclasses
import math
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.statistics.breaks import resampling
from detente.statistics.breaks.regression import BreakProblem, pose
from detente.statistics.breaks.search import find_breaks
from detente.statistics.diagnostics import (
    autocorrelation,
    dispersion,
    seasonality,
    suitability,
    unit_root,
)
from detente.statistics.effects.event_path import event_study_path
from detente.statistics.effects.event_study import event_study_by_category
from detente.statistics.effects.events import Event
from detente.statistics.effects.local_projection import local_projection_by_category
from detente.statistics.effects.panel import Member, panel_effect
from detente.statistics.effects.placebo import placebo_dates
from detente.statistics.reciprocity import dyadic
from detente.statistics.reciprocity.climate import predictions
from detente.statistics.results import Refusal
from detente.statistics.samples import SeriesError
from tests.support.effort import examples
from tests.support.some import some

SCALES = st.sampled_from([1e-12, 1e-6, 1.0, 1e6, 1e15])
# In quarter points; the spread of the series is a few points.
SHIFTS = st.sampled_from([0.0, 1e3, -1e6, 1e9, 1e12])
FEW = dyadic.BootstrapSettings(n_draws=20)

Numbers = np.ndarray[Any, np.dtype[np.float64]]


def _values(n: int, seed: int = 3) -> Numbers:
    rng = np.random.default_rng(seed)
    acts = np.where(rng.random(n) < 0.6, 0, rng.integers(-40, 40, n))
    return acts * 0.25 + (np.arange(n) >= 0.6 * n) * 2.0


def _series(values: Numbers, name: str = "net") -> pd.Series:
    index = pd.period_range("1950-01", periods=len(values), freq="M")
    return pd.Series(values, index=index, name=name)


def _events(n: int) -> list[Event]:
    index = pd.period_range("1950-01", periods=n, freq="M")
    return [
        Event(when=index[place], category=name)
        for name, first, apart in (("K", 9, 17), ("L", 13, 41))
        for place in range(first, n - 20, max(apart, n // 40))
    ]


def _posed(ask: Callable[[BreakProblem], object]) -> Callable[[Numbers], object]:
    def asked(values: Numbers) -> object:
        problem = pose(_series(values))
        return problem if isinstance(problem, Refusal) else ask(problem)

    return asked


def _dyad(values: Numbers, *, is_first: bool) -> object:
    other = _values(len(values), 4) + 0.5 * np.roll(_values(len(values)), 1)
    one, two = (values, other) if is_first else (other, values)
    frame = pd.DataFrame({"A>B": _series(one), "B>A": _series(two)})
    return dyadic.dyad(frame, "A", "B", bootstrap=FEW)


def _panel(values: Numbers) -> object:
    events = tuple(one for one in _events(len(values)) if one.category == "K")
    members = {
        f"dyad {shift}": Member(series=_series(np.roll(values, shift)), events=events)
        for shift in (0, 5, 11, 17, 29)
    }
    return panel_effect(members, "K")


ASKED: Mapping[str, Callable[[Numbers], object]] = {
    "breaks": lambda v: find_breaks(_series(v)),
    "bootstrap": _posed(lambda one: resampling.bootstrap_sup_f(one, 19)),
    "any trimming": _posed(lambda one: resampling.bootstrap_any_trimming(one, draws=9)),
    "end of sample": _posed(lambda one: resampling.end_of_sample_test(one, 12)),
    "adf": lambda v: unit_root.adf_test(_series(v)),
    "kpss": lambda v: unit_root.kpss_test(_series(v)),
    "phillips perron": lambda v: unit_root.phillips_perron_test(_series(v)),
    "season": lambda v: seasonality.seasonality_test(_series(v)),
    "season ranks": lambda v: seasonality.seasonality_rank_test(_series(v)),
    "autocorrelation": lambda v: autocorrelation.autocorrelation_test(_series(v)),
    "dispersion": lambda v: dispersion.dispersion_test(_series(v)),
    "suitability": lambda v: suitability.suitability(_series(v)),
    "reciprocity": lambda v: _dyad(v, is_first=True),
    "reciprocity, the other": lambda v: _dyad(v, is_first=False),
    "event study": lambda v: event_study_by_category(_series(v), _events(len(v))),
    "path": lambda v: event_study_path(_series(v), _events(len(v)), "K"),
    "projection": lambda v: local_projection_by_category(_series(v), _events(len(v)), only="K"),
    "placebo dates": lambda v: placebo_dates(_series(v), _events(len(v)), "K"),
    "panel": _panel,
    "climate": lambda v: predictions(pd.DataFrame({"a": _series(v), "b": _series(v)})),
}
# What has no unit, and so must be the same.
PURE = ("p_value", "degrees_of_freedom", "share")


def _told(found: object, path: str = "") -> dict[str, float]:
    """Return every number of a result by its place in it."""
    if isinstance(found, Refusal):
        return {f"{path}.refused": 1.0}
    if isinstance(found, float | np.floating):
        return {path: float(found)}
    if isinstance(found, list | tuple):
        # Tests by their names: in another unit the values may be counts, which have one test more.
        parts = ((getattr(one, "test_id", place), one) for place, one in enumerate(found))
    elif isinstance(found, pd.DataFrame):
        parts = ((f"{place}.{name}", found[name].iloc[place])
                 for name in found for place in range(len(found)))  # fmt: skip
    elif dataclasses.is_dataclass(found):
        parts = ((one.name, getattr(found, one.name)) for one in dataclasses.fields(found)
                 if one.name not in ("results", "values", "units", "settings"))  # fmt: skip
    elif isinstance(found, Mapping):
        parts = iter(found.items())
    else:
        return {}
    return {
        key: value for name, part in parts for key, value in _told(part, f"{path}.{name}").items()
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", ASKED)
@settings(max_examples=examples(4), derandomize=True)
@given(scale=SCALES, shift=SHIFTS)
def test_an_answer_does_not_hang_on_unit_or_level(name: str, scale: float, shift: float) -> None:
    ask, values = ASKED[name], _values(200)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        here, there = _told(ask(values)), _told(ask(scale * (values + 0.25 * shift)))
    # Rounding of the shifted values, relative to the spread.
    lost = 1e-15 * max(1.0, abs(shift))
    for key, value in some(there.items()):
        assert math.isfinite(value) or not math.isfinite(here.get(key, value)), key
        leaf = key.rsplit(".", 1)[-1]
        if leaf in PURE and key in here and lost < 1e-6:
            assert value == pytest.approx(here[key], rel=1e-3, abs=1e-6), key


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("level", [1e8, -3e15])
def test_what_rounding_alone_moves_is_refused(name: str, level: float) -> None:
    values = level * (1.0 + 2e-16 * np.sign(_values(200)))
    found = ASKED[name](values)
    every = found if isinstance(found, list) else [found]
    if name == "suitability":
        assert isinstance(found, suitability.Suitability)
        assert found.tests == ()
    else:
        assert all(isinstance(one, Refusal) for one in every)


@pytest.mark.parametrize("name", ASKED)
def test_a_value_that_is_infinite_is_refused_wherever_it_stands(name: str) -> None:
    for place in (0, 100, 199):
        values = _values(200)
        values[place] = np.inf
        try:
            found = ASKED[name](values)
        except SeriesError as error:
            assert "finite" in str(error)
            continue
        every = found if isinstance(found, list) else [found]
        assert all(isinstance(one, Refusal) for one in some(every))


@pytest.mark.full
@pytest.mark.parametrize("name", [one for one in ASKED if "trimming" not in one])
def test_ten_thousand_points_take_seconds(name: str) -> None:
    values = _values(10_000)
    began = time.process_time()
    ASKED[name](values)
    assert time.process_time() - began < 60
