"""What a notebook may hand over, and what it is told where it cannot be meant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

import detente
from detente.base.errors import UsageError
from detente.library.given import as_events, as_series
from detente.statistics.samples import SeriesError

MONTHS = pd.period_range("2000-01", periods=60, freq="M")
VALUES = np.random.default_rng(0).normal(size=60)
NET = pd.Series(VALUES, MONTHS, name="net")

QUESTIONS: dict[str, Callable[[Any], object]] = {
    "find_breaks": detente.find_breaks,
    "granger": lambda given: detente.granger(given, NET),
    "granger_second": lambda given: detente.granger(NET, given),
    "event_study": lambda given: detente.event_study(given, ["2002-05-01"]),
    "forecast": detente.forecast,
}


@pytest.mark.parametrize(
    "given",
    [NET.to_frame(), NET.astype(object), NET.astype("float32").astype(float), list(VALUES), VALUES],
    ids=["frame", "object", "float", "list", "array"],
)
def test_what_holds_one_column_of_numbers_is_a_series(given: object) -> None:
    np.testing.assert_allclose(as_series(given).to_numpy(), VALUES, rtol=1e-6)


def test_whole_numbers_with_gaps_are_floats_with_gaps() -> None:
    found = as_series(pd.Series([1, None, 3], MONTHS[:3], dtype="Int64"))
    assert found.dtype == np.float64
    assert found.isna().tolist() == [False, True, False]


@pytest.mark.parametrize("zone", [None, "Asia/Tokyo"])
def test_days_with_an_even_rhythm_are_periods(zone: str | None) -> None:
    starts = MONTHS.to_timestamp().tz_localize(zone)
    assert as_series(pd.Series(VALUES, starts), over_periods=True).index.equals(MONTHS)


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
@pytest.mark.parametrize(
    ("given", "told"),
    [
        (None, "got NoneType"),
        (3.0, "got float"),
        (np.zeros((4, 2)), "got ndarray"),
        (pd.DataFrame({"a": VALUES, "b": VALUES}, MONTHS), "a data frame of 2 columns"),
        (NET.astype(str), "expected numbers"),
        (NET.astype(object).where(NET > 0.0, "n/a"), "got 'n/a'"),
        (NET.iloc[::-1], "must increase"),
        (pd.concat([NET, NET]).sort_index(), "without repeats"),
        (NET * 1e200, "another unit"),
        (NET * 1e-200, "another unit"),
    ],
    ids=["none", "number", "matrix", "frame", "texts", "one text", "backwards", "twice", "huge",
         "tiny"],
)  # fmt: skip
def test_what_is_no_series_is_refused_in_words(
    question: Callable[[Any], object], given: object, told: str
) -> None:
    with pytest.raises(SeriesError, match=told):
        question(given)


@pytest.mark.parametrize("question", list(QUESTIONS)[1:])
def test_a_test_over_periods_says_which_index_it_needs(question: str) -> None:
    for given in (list(VALUES), pd.Series(VALUES, MONTHS.astype(str))):
        with pytest.raises(SeriesError, match="expected a PeriodIndex or a DatetimeIndex"):
            QUESTIONS[question](given)
    uneven = NET.set_axis(MONTHS.to_timestamp()).iloc[[0, 1, 5, 6, 9]]
    with pytest.raises(SeriesError, match="even rhythm"):
        QUESTIONS[question](uneven)


def test_periods_of_two_lengths_are_not_compared() -> None:
    with pytest.raises(SeriesError, match=r"got M in net and Y-DEC in years"):
        detente.granger(
            NET, pd.Series(VALUES, pd.period_range("1950", periods=60, freq="Y"), name="years")
        )
    with pytest.raises(SeriesError, match="expected one value a month"):
        detente.forecast(NET.set_axis(pd.period_range("1950", periods=60, freq="Y")))


@pytest.mark.parametrize(
    "setting", [{"trimming": 0.0}, {"trimming": 0.6}, {"max_breaks": 0}, {"significance": 2.0}]
)
def test_a_setting_out_of_its_range_is_refused(setting: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=f"got .*{next(iter(setting.values()))}"):
        detente.find_breaks(NET, **setting)  # type: ignore[arg-type]


def test_one_day_is_one_event_and_what_is_no_day_is_refused() -> None:
    day = date(2023, 3, 16)
    for given in ("2023-03-16", day, ["2023-03-16"], pd.to_datetime([day]), {"event": day}):
        assert [(one.when, one.category) for one in as_events(given)] == [(day, "event")]
    for odd in (["x"], [2023], {"visit": "no day"}, [None]):
        with pytest.raises(UsageError, match="expected a day such as 2023-03-16, got"):
            as_events(odd)  # type: ignore[arg-type]


def test_a_series_of_any_name_reads_as_a_sentence() -> None:
    months = pd.period_range("2000-01", periods=100, freq="M")
    x = np.random.default_rng(1).normal(size=100)
    found = detente.granger(
        pd.Series(x, months, name="oil"), pd.Series(x[::-1], months, name="net")
    )
    assert "past values of oil help to predict values of net" in found.summary()
