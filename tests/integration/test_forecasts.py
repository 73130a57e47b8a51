"""Outlooks in the pipeline: what is expected of the months ahead, and how it is judged."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from detente.base.errors import SettingsError, UsageError
from detente.database.published import Published
from detente.refresh import pipeline
from detente.statistics.forecasting.mix import MixSettings, judged, outlook_of_series
from detente.statistics.forecasting.predictive import Predictive
from detente.statistics.results import Refusal
from tests.support.studies import MakeStudy, meetings_and_later_acts, study_table

TOML = study_table("1998-01-01", "JPN", "KOR")
MONTHS = pd.period_range("2000-01", periods=190, freq="M")
SHORT = MixSettings(horizon=3, training_months=60)


def _net(seed: int = 0) -> pd.Series:
    rng = np.random.default_rng(seed)
    return pd.Series(rng.poisson(0.5, 190) * rng.normal(1, 4, 190), index=MONTHS, name="net")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory, write_study: MakeStudy) -> Published:
    folder = tmp_path_factory.mktemp("outlook")
    study = write_study(folder, meetings_and_later_acts(2011, "163", "", "sanction"), TOML)
    pipeline.refresh(study)
    return Published(study.database)


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


@pytest.mark.parametrize("key", ["horizon = 0", "training_months = 12", "selection_share = 0.95"])
def test_settings_that_leave_nothing_to_judge_are_refused(make_study: MakeStudy, key: str) -> None:
    with pytest.raises(SettingsError, match=key.split(" ")[0]):
        make_study([], toml=TOML + f"[inference.forecasts]\n{key}\n")


def test_the_usage_errors_name_what_came() -> None:
    with pytest.raises(UsageError, match="got 0, 24 and 120"):
        MixSettings(horizon=0)
    with pytest.raises(UsageError, match="at least one draw"):
        Predictive.of([])


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


@pytest.mark.parametrize("scale", [1e-12, 1e15])
def test_the_unit_of_a_series_does_not_matter(scale: float) -> None:
    one, other = outlook_of_series(_net(), SHORT), outlook_of_series(scale * _net(), SHORT)
    assert not isinstance(one, Refusal)
    assert not isinstance(other, Refusal)
    for here, there in zip(one, other, strict=True):
        assert np.array(there.interval(0.8)) / scale == pytest.approx(
            np.array(here.interval(0.8)), rel=1e-6, abs=1e-6
        )


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
