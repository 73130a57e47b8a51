"""Forecasts in the pipeline: every series has a model in use or the reason why it has none."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from detente.base.errors import SettingsError, UsageError
from detente.database.published import Published
from detente.refresh import pipeline
from detente.settings import Settings
from detente.statistics.forecasting.backtest import BacktestSettings
from detente.statistics.forecasting.baselines import SEASON, same_month_last_year
from detente.statistics.forecasting.choice import Comparison, Score
from detente.statistics.forecasting.predictive import Predictive, pool, thinned
from detente.statistics.forecasting.wording import score_sentence
from detente.statistics.results import TestResult
from tests.support.studies import Line, MakeStudy, study_table

TOML = study_table("1998-01-01", "JPN", "KOR")


@pytest.fixture(scope="module")
def database(real_database: Path) -> Published:
    return Published(real_database)


def test_every_series_has_one_model_in_use(database: Published, real_settings: Settings) -> None:
    horizon = real_settings.inference.forecasts.horizon
    rows = database.rows(
        "select actor1_iso3, actor2_iso3, measure, count(distinct model), count(*), "
        "min(horizon), max(horizon) from stats.forecast where is_chosen group by all"
    )
    assert {row[:2] for row in rows} == set(real_settings.study.dyad_pairs)
    assert len(rows) == 2 * len(real_settings.study.dyad_pairs)
    assert all(row[3:] == (1, horizon, 1, horizon) for row in rows)


def test_nothing_is_silently_missing(database: Published) -> None:
    silent = database.rows(
        "select model from stats.forecast where refusal is null and "
        "(mean is null or median is null or lo_95 is null or hi_95 is null or n_obs is null "
        "or settings is null or span is null or origin is null or isnan(mean))"
    )
    unscored = database.rows(
        "select model from stats.forecast_score where refusal is null and "
        "(crps is null or isnan(crps) or log_score is null or coverage_80 is null "
        "or (not is_baseline and p_value is null and warnings = []))"
    )
    assert silent == []
    assert unscored == []


def test_quantiles_are_in_order_and_those_of_counts_are_counts(database: Published) -> None:
    assert (
        database.rows(
            "select * from stats.forecast where refusal is null and not (lo_95 <= lo_80 "
            "and lo_80 <= lo_50 and lo_50 <= median and median <= hi_50 and hi_50 <= hi_80 "
            "and hi_80 <= hi_95)"
        )
        == []
    )
    counts = database.rows(
        "select * from stats.forecast where measure = 'n_conflict' and refusal is null and "
        "(lo_95 < 0 or lo_95 % 1 <> 0 or median % 1 <> 0 or hi_95 % 1 <> 0)"
    )
    assert counts == []


def test_months_forecast_follow_the_last_complete_month(database: Published) -> None:
    ((last,),) = database.rows(
        "select max(period_start) from marts.dyad_month where source = 'records' and is_complete"
    )
    months = database.rows(
        "select distinct origin, horizon, period_start from stats.forecast where refusal is null "
        "order by horizon"
    )
    assert [row[0] for row in months] == [last] * len(months)
    assert [row[2] for row in months] == [
        (pd.Period(last, "M") + row[1]).start_time.date() for row in months
    ]


def test_the_model_in_use_follows_the_rule(database: Published, real_settings: Settings) -> None:
    # Worked out again from the table: the best baseline and the best model by crps_earlier.
    level = real_settings.inference.significance
    frame = database.query("select * from stats.forecast_score where horizon = 0")
    for _, rows in frame.groupby(["actor1_iso3", "actor2_iso3", "measure"]):
        best = rows[rows["is_baseline"]].sort_values("crps_earlier").iloc[0]
        assert set(rows["baseline"]) == {best["model"]}
        models = rows[~rows["is_baseline"].astype(bool)].sort_values("crps_earlier")
        expected = best["model"]
        if len(models):
            first = models.iloc[0]
            if first["p_adjusted"] < level and first["skill"] > 0:
                expected = first["model"]
        assert rows.loc[rows["is_chosen"], "model"].tolist() == [expected]
        (sentence,) = rows.loc[rows["is_chosen"], "sentence"]
        assert "It is in use" in sentence


def test_p_values_are_corrected_within_measure_and_horizon(database: Published) -> None:
    frame = database.query(
        "select measure, horizon, p_value, p_adjusted from stats.forecast_score "
        "where p_value is not null"
    )
    assert (frame["p_adjusted"] >= frame["p_value"] - 1e-12).all()
    for _, rows in frame.groupby(["measure", "horizon"]):
        # Benjamini-Hochberg by hand: m p(j) / j, the smallest from behind.
        ordered = rows.sort_values("p_value")
        raised = ordered["p_value"] * len(ordered) / np.arange(1, len(ordered) + 1)
        by_hand = raised[::-1].cummin()[::-1].clip(upper=1.0)
        assert ordered["p_adjusted"].tolist() == pytest.approx(by_hand.tolist())


def test_settings_of_a_row_say_what_was_known_when(database: Published) -> None:
    ((text,),) = database.rows(
        "select settings from stats.forecast where is_chosen and actor1_iso3 = 'JPN' "
        "and actor2_iso3 = 'KOR' and measure = 'net' and horizon = 1"
    )
    found = json.loads(text)
    assert "own day" in found["vintages"]
    assert {"earlier_origins", "later_origins", "draws", "seed", "refit_months"} <= set(found)


def test_a_short_study_has_the_reason_and_no_forecast(make_study: MakeStudy, line: Line) -> None:
    study = make_study([line("m-1", "2020-05-10")], toml=TOML.replace("1998", "2014"))
    pipeline.refresh(study)
    with Published(study.database) as database:
        rows = database.rows("select model, refusal, is_chosen, sentence from stats.forecast")
        scores = database.rows("select refusal from stats.forecast_score")
    assert len(rows) == 2
    assert all("origins" in row[1] and not row[2] and row[3] for row in rows)
    assert [row[1] for row in rows] == [row[0] for row in scores]


def test_forecasts_can_be_switched_off(make_study: MakeStudy, line: Line) -> None:
    toml = TOML + "[inference.forecasts]\nenabled = false\n"
    study = make_study([line("m-1", "2020-05-10")], toml=toml)
    pipeline.refresh(study)
    with Published(study.database) as database:
        assert database.rows("select * from stats.forecast") == []


@pytest.mark.parametrize("key", ["horizon = 0", "training_months = 12", "selection_share = 0.95"])
def test_settings_that_leave_nothing_to_judge_are_refused(make_study: MakeStudy, key: str) -> None:
    with pytest.raises(SettingsError, match=key.split(" ")[0]):
        make_study([], toml=TOML + f"[inference.forecasts]\n{key}\n")


def test_the_season_is_the_last_one_known() -> None:
    values = pd.Series(range(36), dtype=float).to_numpy()
    for horizon in (1, 6, 12, 13):
        made = same_month_last_year(values, horizon)
        seasons = (horizon - 1) // SEASON + 1
        assert made[-1] == values[len(values) - 1 + horizon - SEASON * seasons]


def test_the_usage_errors_name_what_came() -> None:
    with pytest.raises(UsageError, match="none"):
        Predictive.of([])
    with pytest.raises(UsageError, match="finite"):
        Predictive.of([float("nan")])
    with pytest.raises(UsageError, match="one shape"):
        pool([], 10)
    with pytest.raises(UsageError, match="level"):
        Predictive.of([1.0]).interval(1.0)
    with pytest.raises(UsageError, match="30"):
        BacktestSettings(draws=30)
    assert thinned(pd.Series([1.0, 2.0]).to_numpy(), 4).tolist() == [1.0, 1.0, 2.0, 2.0]


def _score(model: str, crps: float, p_value: float | None) -> Score:
    test = None
    if p_value is not None:
        test = TestResult(
            test_id="diebold_mariano",
            test="t", null_hypothesis="n", alternative="a", statistic=-2.0, p_value=p_value,
            n_obs=100, distribution="t(99)",
        )  # fmt: skip
    return Score(
        model=model, horizon=0, n_origins=100, n_forecasts=600, crps=crps, crps_earlier=crps,
        log_score=1.0, coverage={0.5: 0.5, 0.8: 0.7, 0.95: 0.9}, skill=1.0 - crps / 2.0, test=test,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("crps", "p_adjusted", "chosen", "words"),
    [
        (1.5, 0.01, "better", "It was more accurate than the plain"),
        (1.5, 0.20, "plain", "is not rejected at 0.05"),
        (2.5, 0.01, "plain", "It was less accurate than the plain"),
    ],
)
def test_the_sentence_says_what_the_test_says(
    crps: float, p_adjusted: float, chosen: str, words: str
) -> None:
    scores = (_score("plain", 2.0, None), _score("better", crps, 0.004))
    compared = Comparison(
        baseline="plain",
        challenger="better",
        earlier=("2001-01", "2009-12"),
        later=("2010-06", "2018-09"),
        scores=scores,
    )
    assert compared.chosen(p_adjusted, 0.05) == chosen
    said = {
        score.model: score_sentence(
            score,
            compared,
            "A-B net score a month",
            chosen=chosen,
            p_adjusted=p_adjusted if score.test else None,
            p_challenger=p_adjusted,
            level=0.05,
        )
        for score in scores
    }
    assert words in said["better"]
    assert ("It is in use" in said["better"]) == (chosen == "better")
    assert ("It is in use" in said["plain"]) == (chosen == "plain")
    if chosen == "plain":
        doubt = "was not significantly more accurate" if crps < 2.0 else "was not more accurate"
        assert doubt in said["plain"]


def test_every_day_of_the_backtest_lies_in_the_past(database: Published) -> None:
    spans = database.rows("select distinct span from stats.forecast_score where refusal is null")
    ((last,),) = database.rows("select max(origin) from stats.forecast")
    for (span,) in spans:
        end = pd.Period(span.split(" to ")[1], "M")
        assert (end + 6).start_time.date() <= last
        assert isinstance(last, date)
