"""Outlooks in the pipeline: what is expected of the months ahead, and how it is judged."""

from __future__ import annotations

import bisect
import itertools
import math
from datetime import date
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
import pytest

from detente.analysis import outlooks as analysis
from detente.base import processes
from detente.base.errors import SettingsError, UsageError
from detente.database.published import Published
from detente.refresh import pipeline
from detente.statistics.forecasting.mix import MixSettings, judged, outlook_of_series, outlooks
from detente.statistics.forecasting.outlook import Outlook
from detente.statistics.forecasting.predictive import Predictive
from detente.statistics.results import Refusal
from detente.statistics.samples import FloatArray
from tests.support.studies import MakeStudy, meetings_and_later_acts, study_table

TOML = study_table("2006-01-01", "JPN", "KOR")
MONTHS = pd.period_range("2000-01", periods=190, freq="M")
SHORT = MixSettings(horizon=3, training_months=60)


def _net(seed: int = 0) -> pd.Series:
    rng = np.random.default_rng(seed)
    return pd.Series(rng.poisson(0.5, 190) * rng.normal(1, 4, 190), index=MONTHS, name="net")


Forecasts = list[list[Outlook]]


@pytest.fixture(scope="module")
def built(
    tmp_path_factory: pytest.TempPathFactory, write_study: MakeStudy
) -> tuple[Published, Forecasts]:
    """A study, and every forecast that its refresh made."""
    folder = tmp_path_factory.mktemp("outlook")
    study = write_study(folder, meetings_and_later_acts(2011, "163", "", "sanction"), TOML)
    made: Forecasts = []

    def kept(*given: Any) -> Forecasts:
        found = outlooks(*given)
        made.extend(found)
        return found

    # In this process, where they can be kept.
    with (
        mock.patch.object(processes, "processors", lambda: 1),
        mock.patch.object(analysis, "outlooks", kept),
    ):
        pipeline.refresh(study)
    return Published(study.database), made


@pytest.fixture(scope="module")
def database(built: tuple[Published, Forecasts]) -> Published:
    return built[0]


def test_each_month_ahead_and_each_sum_has_one_forecast(database: Published) -> None:
    rows = database.dicts("select * from stats.outlook order by target, horizon")
    assert [(one["target"], one["horizon"]) for one in rows] == [
        *(("month", n) for n in range(1, 7)), ("sum_3m", 3), ("sum_6m", 6),
    ]  # fmt: skip
    for one in rows:
        assert one["lo_95"] <= one["lo_80"] <= one["lo_50"] <= one["hi_50"]
        assert one["hi_50"] <= one["hi_80"] <= one["hi_95"]
        odds = one["p_conflict"] + one["p_nothing"] + one["p_cooperation"]
        assert odds == pytest.approx(1.0)
        assert one["n_judged"] >= 24


def test_forecasts_are_those_of_the_outlook(database: Published) -> None:
    months = database.dicts("select * from stats.outlook where target = 'month' order by horizon")
    shown = database.dicts("select * from stats.forecast order by horizon")
    assert [one["median"] for one in shown] == [one["median"] for one in months]
    assert {one["model"] for one in shown} == {"equal mix"}
    models = database.rows("select distinct model from stats.forecast_score order by all")
    assert models == [("decayed past",), ("equal mix",), ("level model",)]


def _past(values: list[float], length: int, n_points: int) -> list[float]:
    """The sums of each so many months of the past, each month half as likely as two years later."""
    sums = [math.fsum(values[n : n + length]) for n in range(len(values) - length + 1)]
    likely = sorted((one, 0.5 ** ((len(sums) - 1 - n) / 24)) for n, one in enumerate(sums))
    reached = list(itertools.accumulate(weight for _, weight in likely))
    return [
        likely[bisect.bisect_left(reached, (n + 0.5) / n_points * reached[-1])][0]
        for n in range(n_points)
    ]


def _crps(points: FloatArray, observed: float) -> float:
    """The score by its first definition: the area of (F(x) - 1[observed <= x])^2."""
    at = np.sort(np.append(points, observed))
    share = np.searchsorted(points, at[:-1], side="right") / len(points)
    return float(np.sum(np.diff(at) * (share - (at[:-1] >= observed)) ** 2))


def _held(points: FloatArray, observed: float, n_cut: int) -> bool:
    return bool(points[n_cut] <= observed <= points[len(points) - 1 - n_cut])


def test_every_score_is_that_of_an_independent_computation(
    built: tuple[Published, Forecasts],
) -> None:
    """Outcomes from the marts, the past in plain Python, the score as an integral."""
    database, (forecasts,) = built
    net = [
        value
        for (value,) in database.rows(
            "select net from marts.dyad_month where direction = 'undirected' and counting = 'all' "
            "and source = 'records' and is_complete order by period_start"
        )
    ]
    scored = {
        (one["target"], one["horizon"], one["model"]): one
        for one in database.dicts("select * from stats.outlook_score")
    }
    # 240 months from 2006 on; 120 are known at the first origin, and 115 origins have six months
    # after them. The later half is judged: the 59th to the 115th, October 2020 to June 2025.
    assert len(net) == 240
    judged_origins = range(119 + 58, 119 + 115)
    assert len(scored) == len(forecasts) * 3 == 24
    for one in forecasts:
        horizon = one.target.horizon
        length = horizon if one.target.name.startswith("sum") else 1
        last = {n: n + horizon + 1 for n in judged_origins}
        observed = {n: math.fsum(net[last[n] - length : last[n]]) for n in judged_origins}
        points = {
            (model, n): forecast.points[n - 119]
            for model, forecast in one.forecasts.items()
            for n in judged_origins
        }
        for n in judged_origins:
            both = np.concatenate([points["decayed past", n], points["level model", n]])
            assert points["equal mix", n].tolist() == sorted(both)
            if n % 10 == 0:
                own = _past(net[: n + 1], length, len(points["decayed past", n]))
                assert points["decayed past", n] == pytest.approx(np.array(own), abs=1e-9)
        for model in one.forecasts:
            row = scored[one.target.name, horizon, model]
            assert (row["first_origin"], row["last_origin"], row["n_forecasts"]) == (
                date(2020, 10, 1), date(2025, 6, 1), 57,
            )  # fmt: skip
            scores = [_crps(points[model, n], observed[n]) for n in judged_origins]
            assert row["crps"] == pytest.approx(math.fsum(scores) / 57, rel=1e-9)
            for level, outside in ((80, 20), (95, 5)):
                n_cut = one.forecasts[model].n_points * outside // 200
                held = sum(_held(points[model, n], observed[n], n_cut) for n in judged_origins)
                assert row[f"coverage_{level}"] == pytest.approx(held / 57)


@pytest.mark.parametrize("key", ["horizon = 0", "training_months = 12", "selection_share = 0.95"])
def test_settings_that_leave_nothing_to_judge_are_refused(make_study: MakeStudy, key: str) -> None:
    with pytest.raises(SettingsError, match=key.split(" ")[0]):
        make_study([], toml=TOML + f"[inference.forecasts]\n{key}\n")


def test_the_usage_errors_name_what_came() -> None:
    with pytest.raises(UsageError, match="got 0, 24 and 120"):
        MixSettings(horizon=0)
    with pytest.raises(UsageError, match="at least one draw"):
        Predictive.of([])


@pytest.mark.full
def test_no_outlook_of_a_series_looks_ahead() -> None:
    whole, cut = _net(), _net().iloc[:150]
    one, other = outlook_of_series(whole, SHORT), outlook_of_series(cut, SHORT)
    assert not isinstance(one, Refusal)
    assert not isinstance(other, Refusal)
    for early, late in zip(other, one, strict=True):
        # Whole blocks of origins: the draws of a block depend on how many it has.
        n = len(early.origins) // SHORT.refit_months * SHORT.refit_months
        for model, points in early.forecasts.items():
            np.testing.assert_allclose(
                points.points[:n], late.forecasts[model].points[:n], rtol=1e-6, atol=1e-9
            )
        for level, share in early.share_outside.items():
            np.testing.assert_allclose(share[:n], late.share_outside[level][:n])


@pytest.mark.full
@pytest.mark.parametrize("scale", [1e-12, pytest.param(1e15, marks=pytest.mark.full)])
def test_the_unit_of_a_series_does_not_matter(scale: float) -> None:
    one, other = outlook_of_series(_net(), SHORT), outlook_of_series(scale * _net(), SHORT)
    assert not isinstance(one, Refusal)
    assert not isinstance(other, Refusal)
    for here, there in zip(one, other, strict=True):
        assert np.array(there.interval(0.8)) / scale == pytest.approx(
            np.array(here.interval(0.8)), rel=1e-6, abs=1e-6
        )


@pytest.mark.full
def test_calibrated_intervals_hold_what_they_promise() -> None:
    held = []
    for seed in range(3):
        found = outlook_of_series(_net(seed), SHORT)
        assert not isinstance(found, Refusal)
        one = found[0].held(0.8)
        held.append(one[judged(len(one))].mean())
    assert np.mean(held) == pytest.approx(0.8, abs=0.08)


def test_a_short_or_quiet_series_has_the_reason() -> None:
    short = outlook_of_series(_net().iloc[:100])
    assert isinstance(short, Refusal)
    assert "100 months; 173 are needed" in short.reason
    quiet = outlook_of_series(_net() * 0.0)
    assert isinstance(quiet, Refusal)
    assert "is the same" in quiet.reason


def test_the_outlook_begins_after_the_last_complete_month(database: Published) -> None:
    ((last,),) = database.rows(
        "select max(period_start) from marts.dyad_month where source = 'records' and is_complete"
    )
    ((origin, first),) = database.rows("select max(origin), min(period_start) from stats.outlook")
    assert origin == last
    assert first == (date(last.year + last.month // 12, last.month % 12 + 1, 1))
