from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
import pytest

from detente.base.errors import UsageError
from detente.statistics.effects.estimate import category_effects
from detente.statistics.effects.event_study import (
    WindowSettings,
    event_study_by_category,
)
from detente.statistics.effects.events import Event, covering, place_events, season_columns, shifted
from detente.statistics.effects.local_projection import (
    ProjectionSettings,
    local_projection_by_category,
)
from detente.statistics.effects.placebo import (
    PlaceboSettings,
    placebo_dates,
)
from detente.statistics.effects.results import EffectResult, effect_sentence
from detente.statistics.frames import NotEstimableError
from detente.statistics.hac import HacRegression
from detente.statistics.results import Refusal, TestResult
from detente.statistics.samples import SeriesError
from tests.support.some import some

INDEX = pd.period_range("2000-01", periods=240, freq="M")


def noise(seed: int = 1, index: pd.PeriodIndex = INDEX) -> pd.Series:
    values = np.random.default_rng(seed).standard_normal(len(index))
    return pd.Series(values, index=index, name="net JPN-KOR")


def at(places: Sequence[int], category: str = "summit") -> list[Event]:
    return [Event(when=INDEX[place], category=category) for place in places]


SPREAD = [20, 45, 70, 100, 125, 160, 190, 215]


def moved(
    places: Sequence[int], size: float, periods: int, series: pd.Series | None = None
) -> pd.Series:
    """Noise that each event raises by `size` for some periods."""
    series = noise() if series is None else series
    values = series.to_numpy().copy()
    for place in places:
        values[place : place + periods] += size
    return pd.Series(values, index=series.index, name=series.name)


def result(answer: EffectResult | Refusal) -> EffectResult:
    assert isinstance(answer, EffectResult)
    return answer


def refusal(answer: object) -> Refusal:
    assert isinstance(answer, Refusal)
    return answer


# Placing events


def test_days_and_periods_fall_into_their_period() -> None:
    table = place_events(
        noise(),
        [
            Event(when=date(2000, 1, 31), category="summit"),
            Event(when=pd.Period("2000-02", freq="M"), category="summit"),
            Event(when=pd.Timestamp("2000-02-10"), category="summit"),
            Event(when=date(1999, 12, 31), category="summit"),
            Event(when=date(2020, 1, 1), category="launch"),
        ],
    )
    assert table.of("summit")[:3].tolist() == [1.0, 2.0, 0.0]
    assert table.places == (0, 1, 1)
    assert table.n_outside == {"summit": 1, "launch": 1}
    assert table.others("summit") == {}


def test_a_sunday_belongs_to_the_week_that_began_on_monday() -> None:
    weeks = pd.period_range("2024-01-01", periods=30, freq="W-SUN")
    table = place_events(noise(index=weeks), [Event(when=date(2024, 1, 14), category="summit")])
    assert table.places == (1,)


def test_a_period_of_another_frequency_is_an_error() -> None:
    with pytest.raises(SeriesError, match="expected a day or a period of the series"):
        place_events(noise(), [Event(when=pd.Period("2001", freq="Y"), category="summit")])


def test_an_unknown_category_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(SeriesError, match="among summit, got launch"):
        place_events(noise(), at(SPREAD)).of("launch")


def test_windows_that_overlap_add_up() -> None:
    counts = np.array([0.0, 0.0, 1.0, 1.0, 0.0, 0.0])
    assert covering(counts, 0, 1).tolist() == [0.0, 0.0, 1.0, 2.0, 1.0, 0.0]
    assert covering(counts, -1, -1).tolist() == [0.0, 1.0, 1.0, 0.0, 0.0, 0.0]
    assert shifted(counts, 2).tolist() == [0.0, 0.0, 0.0, 0.0, 1.0, 1.0]
    assert shifted(counts, -3).tolist() == [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]


def test_month_dummies_leave_one_month_out() -> None:
    dummies = season_columns(INDEX, is_seasonal=True)
    assert dummies.shape == (240, 11)
    assert dummies[:12].sum(axis=1).tolist() == [0.0] + [1.0] * 11


# Event study


def test_without_overlap_the_effect_is_the_difference_of_means() -> None:
    series = moved(SPREAD, 5.0, 6)
    (answer,) = event_study_by_category(series, at(SPREAD))
    values = series.to_numpy()
    before = np.mean([values[p - 6 : p].mean() for p in SPREAD])
    after = np.mean([values[p : p + 6].mean() for p in SPREAD])
    found = result(answer)
    assert found.main.estimate.value == pytest.approx(after - before)
    assert found.main.n_events == 8
    assert found.main.test.rejects(0.001)
    assert found.pre_trend is not None
    assert not found.pre_trend.rejects()


def test_a_trend_before_the_events_is_caught() -> None:
    values = noise().to_numpy() * 0.5
    for place in SPREAD:
        values[place - 6 : place] += np.arange(6.0)
    series = pd.Series(values, index=INDEX, name="net")
    (answer,) = event_study_by_category(series, at(SPREAD))
    found = result(answer)
    assert found.pre_trend is not None
    assert found.pre_trend.rejects(0.001)
    assert "already moving before" in effect_sentence(found)


def test_the_other_category_is_held_constant() -> None:
    """Launches one month after each summit do all the moving."""
    launches = [place + 3 for place in SPREAD] + [10, 85, 145, 205, 228]
    series = moved(launches, 6.0, 6)
    together = event_study_by_category(series, [*at(SPREAD), *at(launches, "launch")])
    launch, summit = (result(answer) for answer in together)
    assert (launch.category, summit.category) == ("launch", "summit")
    assert launch.main.estimate.lower < 6.0 < launch.main.estimate.upper
    assert summit.main.estimate.lower < 0.0 < summit.main.estimate.upper
    (alone,) = (result(answer) for answer in event_study_by_category(series, at(SPREAD)))
    assert alone.main.estimate.value > 2.0


def test_events_near_an_end_are_left_out_and_counted() -> None:
    events = [*at([2, *SPREAD, 238]), Event(when=date(1990, 5, 1), category="summit")]
    (answer,) = event_study_by_category(noise(), events)
    found = result(answer)
    assert found.main.n_events == 8
    assert found.n_left_out == 3
    assert any("3 events left out" in note for note in found.warnings)


def test_events_of_one_period_cannot_be_told_apart() -> None:
    twins = [*at([100]), *at([100], "launch")]
    for answer in some(event_study_by_category(noise(), twins)):
        assert "cannot be distinguished" in refusal(answer).reason


@pytest.mark.parametrize(
    ("series", "places", "reason"),
    [
        (noise() * 0.0, SPREAD, "is the same in all 240 periods"),
        (noise().where(noise() < 2.0), SPREAD, "missing or infinite values"),
        (noise(), [1], "no event has 6 months before it and 6 from its own onwards"),
    ],
)
def test_what_cannot_be_asked_is_refused(series: pd.Series, places: list[int], reason: str) -> None:
    (answer,) = event_study_by_category(series, at(places))
    assert reason in refusal(answer).reason
    assert "event study of net JPN-KOR around category summit" in refusal(answer).model


# Interrupted time series


# Local projections


def test_the_path_is_found() -> None:
    rng = np.random.default_rng(2)
    index = pd.period_range("1980-01", periods=540, freq="M")
    counts = (rng.random(540) < 0.05) * 1.0
    truth = np.array([3.0, 2.0, 1.0, 0.5] + [0.0] * 3)
    values = rng.standard_normal(540) + np.convolve(counts, truth)[:540]
    series = pd.Series(values, index=index, name="net")
    events = [Event(when=index[t], category="launch") for t in np.flatnonzero(counts)]
    settings = ProjectionSettings(horizon=6, lags=4, leads=4)
    (answer,) = local_projection_by_category(series, events, settings)
    found = result(answer)
    assert [term.horizon for term in found.terms] == [None, -4, -3, -2, 0, 1, 2, 3, 4, 5, 6]
    path = [term.estimate for term in found.terms if (term.horizon or 0) >= 0][1:]
    assert all(e.lower < value < e.upper for e, value in zip(path, truth, strict=True))
    assert found.main.estimate.lower < truth.mean() < found.main.estimate.upper
    assert found.pre_trend is not None
    assert not found.pre_trend.rejects()


def test_a_bunch_of_events_is_taken_apart_only_if_the_followers_are_held() -> None:
    """Launches come in threes, each worth 2 in its own month and nothing after."""
    starts = list(range(10, 225, 9))
    places = [p for start in starts for p in (start, start + 1, start + 2)]
    series = moved(places, 4.0, 1)
    held, free = (
        result(
            local_projection_by_category(
                series, at(places, "launch"), ProjectionSettings(horizon=3, holds_following=hold)
            )[0]
        )
        for hold in (True, False)
    )

    def response(found: EffectResult, horizon: int) -> float:
        (term,) = [t for t in found.terms if t.name == "response" and t.horizon == horizon]
        return term.estimate.value

    assert response(held, 0) == pytest.approx(4.0, abs=1.0)
    assert response(held, 1) == pytest.approx(0.0, abs=1.0)
    assert response(free, 1) > 1.5


def test_leads_catch_a_run_up() -> None:
    values = noise().to_numpy() * 0.3
    for place in SPREAD:
        values[place - 4 : place] -= 2.0
        values[place - 1] += 2.0
    series = pd.Series(values, index=INDEX, name="net")
    (answer,) = local_projection_by_category(series, at(SPREAD))
    found = result(answer)
    assert found.pre_trend is not None
    assert found.pre_trend.rejects(0.01)
    assert found.pre_trend.settings["lead_of_statistic"] in (-2, -3, -4)
    # The smallest of the leads, corrected for their number after Bonferroni.
    leads = [one.estimate.p_value for one in found.terms if (one.horizon or 0) < 0]
    assert found.pre_trend.p_value == pytest.approx(min(1.0, len(leads) * min(leads)), rel=1e-9)


def test_few_events_bear_no_path() -> None:
    (answer,) = local_projection_by_category(noise(), at([50, 100, 150, 238]))
    assert refusal(answer).reason.startswith("3 events with 4 months before and 12 after")


def test_impossible_windows_are_errors() -> None:
    with pytest.raises(UsageError, match="at least 2 periods"):
        WindowSettings(before=1)
    with pytest.raises(UsageError, match="lags of 1 or more"):
        ProjectionSettings(lags=0)
    with pytest.raises(UsageError, match="min_distance of 1 or more"):
        PlaceboSettings(min_distance=0)


# Placebos


@pytest.mark.parametrize("effect", [WindowSettings(), ProjectionSettings()])
def test_the_placebo_statistic_is_the_estimate(
    effect: WindowSettings | ProjectionSettings,
) -> None:
    series = moved(SPREAD, 2.0, 6)
    events = [*at(SPREAD), *at([33, 88, 150], "launch")]
    test = placebo_dates(series, events, "summit", effect)
    assert isinstance(test, TestResult)
    estimate = (
        event_study_by_category(series, events, effect, only="summit")
        if isinstance(effect, WindowSettings)
        else local_projection_by_category(series, events, effect, only="summit")
    )
    assert test.statistic == pytest.approx(result(estimate[0]).main.estimate.value, rel=1e-8)


@pytest.mark.slow
def test_circular_placebos_are_all_shifts_of_the_events() -> None:
    """The p-value from regressions run one by one on shifted events."""
    index = pd.period_range("2000-01", periods=60, freq="M")
    series = noise(8, index)
    places = np.array([15, 16, 40])
    events = [Event(when=index[p], category="summit") for p in places]
    settings = WindowSettings(before=4, after=4)
    test = placebo_dates(series, events, "summit", settings)
    assert isinstance(test, TestResult)
    low, high = 4, 60 - 4 + 1
    found = []
    for shift in range(high - low):
        put = (places - low + shift) % (high - low) + low
        put_events = [Event(when=index[p], category="summit") for p in put]
        (answer,) = event_study_by_category(series, put_events, settings)
        found.append(result(answer).main.estimate.value)
    assert test.statistic == pytest.approx(found[0])
    expected = np.mean(np.abs(found) >= abs(found[0]) - 1e-9)
    assert test.p_value == pytest.approx(expected)
    assert test.settings["is_complete"] is True
    assert test.settings["n_placebos"] == high - low - 1


def test_random_placebos_keep_the_distance_and_follow_the_seed() -> None:
    settings = PlaceboSettings(scheme="random", n_draws=200, min_distance=6, seed=4)
    first = placebo_dates(moved(SPREAD, 3.0, 6), at(SPREAD), "summit", None, settings)
    again = placebo_dates(moved(SPREAD, 3.0, 6), at(SPREAD), "summit", None, settings)
    assert first == again
    assert isinstance(first, TestResult)
    assert first.p_value == pytest.approx(1 / 201)
    crowded = PlaceboSettings(scheme="random", min_distance=60)
    with pytest.raises(UsageError, match="lower min_distance"):
        placebo_dates(noise(), at(SPREAD), "summit", None, crowded)


def test_too_few_free_dates_are_refused() -> None:
    series = noise(2, INDEX[:30])
    test = placebo_dates(series, at([15]), "summit")
    assert "only 18 placebos" in refusal(test).reason


# Everything at once, and sentences


def test_all_methods_answer_for_one_category() -> None:
    answer = category_effects(moved(SPREAD, 5.0, 6), at(SPREAD), "summit")
    for found in (answer.event_study, answer.path, answer.local_projection):
        assert isinstance(found, EffectResult)
    assert isinstance(answer.placebo_dates, TestResult)
    assert answer.placebo_dates.rejects()
    calm = category_effects(noise(), at(SPREAD), "summit").placebo_dates
    assert isinstance(calm, TestResult)
    assert not calm.rejects()


def test_sentences_say_what_is_compared_and_how_surely() -> None:
    (answer,) = event_study_by_category(moved(SPREAD, 5.0, 6), at(SPREAD))
    sentence = effect_sentence(result(answer))
    assert sentence.startswith("Net JPN-KOR is higher by ")
    assert (
        "in the 6 months starting with 8 events of category summit than in the 6 before" in sentence
    )
    assert "(95% interval" in sentence
    assert "p < 0.001; event study, 2000-01 to 2019-12)" in sentence
    doubtful = effect_sentence(result(answer), p_adjusted=0.2)
    assert doubtful.startswith("The data do not show that net JPN-KOR is higher or lower")
    assert "BH-adjusted p = 0.200" in doubtful
    (calm,) = event_study_by_category(noise(), at(SPREAD))
    assert effect_sentence(result(calm)).startswith("The data do not show that")


def test_sentences_of_paths() -> None:
    (path,) = local_projection_by_category(moved(SPREAD, 5.0, 6), at(SPREAD))
    found = result(path)
    assert "on average over the 13 months starting with 8 events of category summit" in (
        effect_sentence(found)
    )
    (first,) = [term for term in found.terms if term.horizon == 0]
    assert "in the month itself" in effect_sentence(found, term=first)
    (lead,) = [term for term in found.terms if term.horizon == -3]
    assert "3 months before 8 events" in effect_sentence(found, term=lead)


def test_frames_have_one_row_a_term_and_no_missing_number() -> None:
    (path,) = local_projection_by_category(noise(), at(SPREAD))
    frame = result(path).frame()
    assert len(frame) == 1 + 5 + 13
    numbers = frame.drop(columns=["horizon"])
    assert numbers.notna().all(axis=None)
    assert frame["horizon"].isna().sum() == 1


def test_errors_of_a_regression_name_the_trouble() -> None:
    ones = np.ones(10)
    with pytest.raises(NotEstimableError, match="linearly dependent"):
        HacRegression(noise().to_numpy()[:10], np.column_stack([ones, 2 * ones]))
    with pytest.raises(NotEstimableError, match="fit the series exactly"):
        HacRegression(ones, ones[:, None])
    with pytest.raises(NotEstimableError, match="are too few for"):
        HacRegression(ones[:2], np.eye(2))
