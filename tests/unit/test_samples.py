"""A series is checked once, with a message that says what is wrong and where."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from detente.statistics.samples import SeriesError, take_sample


@pytest.mark.parametrize(
    ("index", "labels", "per_year"),
    [
        (pd.period_range("2023-02", periods=3, freq="M"), ("2023-02", "2023-03", "2023-04"), 12),
        (pd.period_range("1972Q3", periods=3, freq="Q"), ("1972Q3", "1972Q4", "1973Q1"), 4),
        (pd.period_range("1898", periods=3, freq="Y"), ("1898", "1899", "1900"), 1),
        (
            pd.period_range("2023-03-06", periods=3, freq="W"),
            ("2023-03-06", "2023-03-13", "2023-03-20"),
            52,
        ),
        (pd.date_range("2023-02-01", periods=3, freq="MS"), ("2023-02", "2023-03", "2023-04"), 12),
        (pd.date_range("2023-02-28", periods=3, freq="ME"), ("2023-02", "2023-03", "2023-04"), 12),
        (pd.date_range("1972-07-01", periods=3, freq="QS"), ("1972Q3", "1972Q4", "1973Q1"), 4),
        (pd.date_range("1898-01-01", periods=3, freq="YS"), ("1898", "1899", "1900"), 1),
        (
            pd.date_range("2023-03-06", periods=3, freq="W-MON"),
            ("2023-03-06", "2023-03-13", "2023-03-20"),
            52,
        ),
        (
            pd.date_range("2023-03-06", periods=3, freq="D"),
            ("2023-03-06", "2023-03-07", "2023-03-08"),
            None,
        ),
        (pd.date_range("1972-11-15", periods=3, freq="QS-FEB"), ("1973Q1", "1973Q2", "1973Q3"), 4),
        (pd.RangeIndex(3), ("1", "2", "3"), None),
    ],
)
def test_periods_have_names_and_a_year_has_a_length(
    index: pd.Index, labels: tuple[str, ...], per_year: int | None
) -> None:
    sample = take_sample(pd.Series([1.0, 2.0, 3.0], index=index))
    assert sample.labels == labels
    assert sample.periods_per_year == per_year


def test_dates_without_a_stated_frequency_are_recognised_as_months() -> None:
    index = pd.DatetimeIndex(["2023-01-01", "2023-02-01", "2023-03-01"])
    sample = take_sample(pd.Series([1, 2, 3], index=index))
    assert sample.labels[1] == "2023-02"
    assert sample.season is not None
    assert sample.season.tolist() == [0, 1, 2]


def test_missing_ends_are_left_out_and_counted() -> None:
    index = pd.period_range("2023-01", periods=5, freq="M")
    sample = take_sample(pd.Series([np.nan, 1.0, 2.0, 3.0, np.nan], index=index))
    assert sample.labels == ("2023-02", "2023-03", "2023-04")
    assert sample.n_missing == 2
    assert sample.span() == "2023-02 to 2023-04"


def test_a_gap_is_refused_by_name_or_left_out_by_request() -> None:
    index = pd.period_range("2023-01", periods=4, freq="M")
    series = pd.Series([1.0, np.nan, 2.0, 3.0], index=index)
    with pytest.raises(SeriesError, match=r"1 values are missing .* first at 2023-02"):
        take_sample(series)
    sample = take_sample(series, gaps="drop")
    assert sample.labels == ("2023-01", "2023-03", "2023-04")
    assert sample.n_missing == 1


def test_a_nullable_series_is_read_like_any_other() -> None:
    sample = take_sample(pd.Series([1, None, 3], dtype="Int64"), gaps="drop")
    assert sample.values.tolist() == [1.0, 3.0]


@pytest.mark.parametrize(
    ("series", "message"),
    [
        (pd.Series([1.0, 2.0], index=pd.PeriodIndex(["2023-02", "2023-01"], freq="M")), "increase"),
        (pd.Series([1.0, 2.0], index=pd.PeriodIndex(["2023-01"] * 2, freq="M")), "repeats"),
        (
            pd.Series([1.0, 2.0], index=pd.PeriodIndex(["2023-01", "2023-04"], freq="M")),
            "skips 2 periods, the first is 2023-02",
        ),
        (
            pd.Series(
                [1.0] * 4,
                index=pd.DatetimeIndex(["2023-01-01", "2023-02-01", "2023-04-01", "2023-05-01"]),
            ),
            "4 dates from 2023-01-01 to 2023-05-01 are not equally spaced",
        ),
        ([1.0, np.inf], "1 infinite"),
        ([np.nan, np.nan], "no complete period"),
        ([], "no complete period"),
        ([[1.0, 2.0]], "shape"),
        (["a", "b"], "expected numbers"),
    ],
)
def test_what_cannot_be_meant_is_refused(series: object, message: str) -> None:
    with pytest.raises(SeriesError, match=message):
        take_sample(series)  # type: ignore[arg-type]
