"""Whatever a series is like, each question has rows: numbers that are finite, or a reason."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detente.analysis import question_tasks
from detente.analysis.event_kinds import Kind
from detente.analysis.results import Corrected, Stored, of
from detente.analysis.robustness import breaks_and_robustness
from detente.analysis.rows import Rows
from detente.analysis.series import Dyad
from detente.analysis.tables import EventEffect, Granger, ImpulseResponse, Triad
from detente.analysis.triads import triad_of, triad_rows
from detente.analysis.variant import Variant, Variants
from detente.settings import Inference, SeriesChoice
from detente.statistics.effects.events import Event
from tests.support.effort import examples
from tests.support.some import some

CHOSEN = Inference(draws=100)
CHOICE = SeriesChoice(source="records")
STATES = ("AAA", "BBB", "CCC")
NAMES = ("constant", "zero", "spike", "two values", "late", "trend", "alternating", "huge", "tiny")


def _odd(kind: str, n: int) -> np.ndarray:
    """Return one odd series of `n` months."""
    rng = np.random.default_rng(7)
    noise = rng.normal(size=n)
    return {
        "constant": np.full(n, 3.5),
        "zero": np.zeros(n),
        "spike": np.where(np.arange(n) == n // 2, 50.0, 0.0),
        "two values": np.where(rng.random(n) < 0.1, 1.0, 0.0),
        "late": np.where(np.arange(n) > 0.9 * n, noise, 0.0),
        "trend": np.arange(n, dtype=float),
        "alternating": np.where(np.arange(n) % 2 == 0, 1.0, -1.0),
        "huge": 1e9 * noise,
        "tiny": 1e-9 * noise,
    }[kind]


def _months(values: np.ndarray) -> pd.Series:
    return pd.Series(
        values, index=pd.period_range("1998-01", periods=len(values), freq="M"), name="net"
    )


def _dyad(values: np.ndarray, back: np.ndarray, pair: tuple[str, str] = ("AAA", "BBB")) -> Dyad:
    return Dyad(
        choice=CHOICE,
        pair=pair,
        values=_months(values + back),
        directed=(_months(values), _months(back)),
    )


def _kind(values: np.ndarray) -> Kind:
    months = pd.period_range("1998-01", periods=len(values), freq="M")
    days = [months[i].start_time.date() for i in range(3, len(months), 9)]
    events = tuple(Event(when=day, category="Launches", title=f"Launch {day}") for day in days)
    return Kind(
        label="Launches",
        pair=("AAA", "BBB"),
        events=events,
        outcome=_months(values),
    )


def _is_told(row: Stored) -> bool:
    """Say whether a row holds a reason, or numbers of which none is undefined."""
    told = dict(zip(row.columns(), row.values(), strict=True))
    if not told["sentence"] or "nan" in told["sentence"].lower().split():
        return False
    if row.is_refused:
        return bool(told["refusal"]) and told.get("statistic") is None
    if isinstance(row, Corrected) and (row.result is None) != (row.statistic is None):
        return False
    numbers = [
        value
        for name, value in told.items()
        # A statistic may be infinite where the fit is exact; an undefined one may not be.
        if isinstance(value, float) and not (name == "statistic" and math.isinf(value))
    ]
    return all(math.isfinite(value) for value in numbers)


def _check(rows: Rows) -> None:
    for row in rows:
        assert _is_told(row), row


def _ask(values: np.ndarray, back: np.ndarray) -> Rows:
    dyad = _dyad(values, back)
    # The breaks are sought in the series as it is and in one that is as odd, built otherwise.
    one = Variant(kind="scale", name="other", words="on another scale", values=_months(back))
    return [
        *breaks_and_robustness(dyad, Variants(variants=(one,)), CHOSEN),
        *(row for question in question_tasks.OF_A_DYAD for row in question(dyad, CHOSEN)),
        *(row for ask in question_tasks.OF_A_KIND for row in ask(dyad, _kind(values), CHOSEN)),
    ]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("n_months", [3, 40, pytest.param(120, marks=pytest.mark.slow)])
def test_an_odd_series_has_numbers_or_reasons(name: str, n_months: int) -> None:
    values = _odd(name, n_months)
    rows = _ask(values, np.roll(values, 1))
    _check(rows)
    found = {row.table for row in rows}
    for table in ("break_test", "diagnostic", "granger", "impulse_response",
                  "variance_decomposition", "event_effect", "event_path"):  # fmt: skip
        assert f"stats.{table}" in found, table


@pytest.mark.slow
def test_months_without_a_value_are_a_reason_and_not_a_number() -> None:
    values = np.random.default_rng(1).normal(size=120)
    values[[5, 60, 61]] = np.nan
    rows = _ask(values, values)
    _check(rows)
    for kind in (Granger, EventEffect):
        assert all(row.is_refused for row in some(of(rows, kind)))


def test_a_series_without_any_value_or_month_is_a_reason() -> None:
    _check(_ask(np.full(60, np.nan), np.full(60, np.nan)))
    empty = pd.Series([], index=pd.PeriodIndex([], freq="M"), dtype=float, name="net")
    dyad = Dyad(choice=CHOICE, pair=("AAA", "BBB"), values=empty, directed=(empty, empty))
    _check(breaks_and_robustness(dyad, Variants(), CHOSEN))
    for question in question_tasks.OF_A_DYAD:
        _check(question(dyad, CHOSEN))


@pytest.mark.slow
@settings(max_examples=examples(5), suppress_health_check=[HealthCheck.too_slow])
@given(
    values=st.lists(
        st.one_of(st.just(0.0), st.integers(-10, 10).map(float)), min_size=30, max_size=90
    )
)
def test_any_short_series_of_scores_has_numbers_or_reasons(values: list[float]) -> None:
    _check(_ask(np.array(values), np.array(values[::-1])))


@pytest.mark.parametrize("name", ["zero", "spike", "alternating", "tiny"])
def test_a_triad_of_odd_series_has_numbers_or_reasons(name: str) -> None:
    values = _odd(name, 150)
    pairs = [("AAA", "BBB"), ("AAA", "CCC"), ("BBB", "CCC")]
    dyads = {
        pair: _dyad(np.roll(values, i), np.roll(values, 7 * i), pair)
        for i, pair in enumerate(pairs)
    }
    rows = triad_rows(triad_of(dyads, CHOICE, STATES), CHOSEN)
    _check(rows)
    assert {row.direction for row in of(rows, Triad)} == {"directed", "undirected"}
    assert of(rows, ImpulseResponse)
