"""What a notebook may hand over, and what it is told where it cannot be meant."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

import detente
from detente.base.errors import UsageError
from detente.library.inputs import as_events, as_series, as_span, as_state
from detente.statistics.samples import SeriesError
from detente.studies.actors import Gazetteer

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


@pytest.mark.parametrize("freq", ["W-MON", "7D"])
def test_a_monday_begins_its_week(freq: str) -> None:
    mondays = pd.date_range("2020-01-06", periods=10, freq=freq)
    found = as_series(pd.Series(range(10), mondays, dtype=float), over_periods=True)
    weeks = pd.PeriodIndex(found.index)
    assert list(weeks.start_time) == list(mondays)
    # An event of the Wednesday belongs to the week that began two days before.
    assert pd.Timestamp("2020-01-08").to_period(weeks.freqstr) == weeks[0]


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
        (NET + 1j, "expected numbers"),
        (pd.Series(MONTHS.to_timestamp(), MONTHS), "expected numbers"),
        (pd.Series(pd.to_timedelta(range(60), unit="D"), MONTHS), "expected numbers"),
        (pd.concat({"JPN-KOR": NET}), "an index of 2 levels"),
    ],
    ids=["none", "number", "matrix", "frame", "texts", "one text", "backwards", "twice", "huge",
         "tiny", "complex", "dates", "durations", "levels"],
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


SETTINGS: list[tuple[Callable[..., object], dict[str, Any]]] = [
    *((detente.find_breaks, {"trimming": odd}) for odd in (0.0, 0.6, "0.1", np.nan, None)),
    *((detente.find_breaks, {"max_breaks": odd}) for odd in (0, 1.5, True, "5")),
    *((detente.find_breaks, {"significance": odd}) for odd in (2.0, 1.0, "0.05")),
    *((lambda series, **odd: detente.granger(series, series, **odd), {"level": odd})
      for odd in (5, "x", 0.0)),
    *((lambda series, **odd: detente.event_study(series, "2002-05-01", **odd), {side: odd})
      for side in ("before", "after") for odd in (1, -1, 2.5, "6")),
    *((detente.forecast, {"horizon": odd}) for odd in (0, -1, 1.5, "6")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("question", "setting"), SETTINGS, ids=[f"{name}={odd}" for _, one in SETTINGS
                                            for name, odd in one.items()]
)  # fmt: skip
def test_a_setting_out_of_its_range_is_refused(
    question: Callable[..., object], setting: dict[str, Any]
) -> None:
    name, odd = next(iter(setting.items()))
    with pytest.raises(UsageError, match=rf"expected .*got .*{re.escape(str(odd))}") as told:
        question(NET, **setting)
    assert name in str(told.value)


def test_a_setting_of_numpy_is_a_number() -> None:
    found = detente.find_breaks(NET, max_breaks=np.int64(2), trimming=np.float32(0.2))  # type: ignore[arg-type]
    assert found.sentence()


def test_one_day_is_one_event_and_what_is_no_day_is_refused() -> None:
    day = date(2023, 3, 16)
    for given in ("2023-03-16", day, ["2023-03-16"], pd.to_datetime([day]), {"event": day}):
        assert [(one.when, one.category) for one in as_events(given)] == [(day, "event")]
    assert as_events(pd.Period("2023-03-16", "D"))[0].when == day
    month = pd.Period("2023-03", "M")
    for odd in (
        ["x"],
        [2023],
        {"visit": "no day"},
        [None],
        None,
        5,
        {"visit": None},
        month,
        pd.NaT,
    ):
        with pytest.raises(UsageError, match="expected a day such as 2023-03-16, got"):
            as_events(odd)  # type: ignore[arg-type]


def test_a_data_frame_is_no_list_of_days() -> None:
    with pytest.raises(UsageError, match="choose one"):
        as_events(pd.DataFrame({"event_date": ["2023-03-16"]}))  # type: ignore[arg-type]


def test_a_month_or_a_year_means_its_first_or_its_last_day() -> None:
    day = date(2019, 7, 4)
    assert as_span("2019-07", "2019") == (date(2019, 7, 1), date(2019, 12, 31))
    assert as_span(2019, pd.Period("2019Q2")) == (date(2019, 1, 1), date(2019, 6, 30))
    assert as_span(pd.Timestamp("2019-07-04 18:30", tz="Asia/Tokyo"), day) == (day, day)
    assert as_span(None, None) == (date.min, date.max)


@pytest.mark.parametrize("odd", ["20xx", "2019-13", "", pd.NaT, object()])
def test_what_is_no_day_limits_no_span(odd: object) -> None:
    for start, end, name in ((odd, None, "start"), (None, odd, "end")):
        with pytest.raises(UsageError, match=f"such as 2023-03-16.* as {name}, got"):
            as_span(start, end)


def test_a_span_does_not_end_before_it_starts() -> None:
    with pytest.raises(UsageError, match="got 2020-01-01 to 2019-12-31"):
        as_span("2020", "2019")


def test_a_state_is_a_code_or_a_name() -> None:
    names = Gazetteer()
    assert [as_state(one, names) for one in ("kor", "South Korea", "JPN")] == ["KOR", "KOR", "JPN"]
    for odd, told in (("Korea", "did you mean"), ("Jpan", "did you mean"), ("QQQ", "no actor"),
                      (None, "got None"), (5, "got 5")):  # fmt: skip
        with pytest.raises(UsageError, match=told):
            as_state(odd, names)


def test_a_series_of_any_name_reads_as_a_sentence() -> None:
    months = pd.period_range("2000-01", periods=100, freq="M")
    x = np.random.default_rng(1).normal(size=100)
    found = detente.granger(
        pd.Series(x, months, name="oil"), pd.Series(x[::-1], months, name="net")
    )
    assert "past values of oil help to predict values of net" in found.summary()
