"""What a series is like and which models it supports."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from detente.statistics.diagnostics.autocorrelation import autocorrelation_test
from detente.statistics.diagnostics.dispersion import dispersion_test
from detente.statistics.diagnostics.seasonality import seasonality_rank_test, seasonality_test
from detente.statistics.diagnostics.suitability import profile, suitability, suitability_sentence
from detente.statistics.diagnostics.unit_root import adf_test, kpss_test, phillips_perron_test
from detente.statistics.results import Refusal, TestResult
from detente.statistics.sentences import result_sentence


def _months(values: np.ndarray) -> pd.Series:
    return pd.Series(values, index=pd.period_range("1998-01", periods=len(values), freq="M"))


def _result(outcome: TestResult | Refusal) -> TestResult:
    assert isinstance(outcome, TestResult), outcome
    return outcome


def _reason(outcome: TestResult | Refusal) -> str:
    assert isinstance(outcome, Refusal), outcome
    return outcome.reason


@pytest.fixture(scope="module")
def walk() -> pd.Series:
    return _months(np.random.default_rng(11).normal(size=300).cumsum())


@pytest.fixture(scope="module")
def noise() -> pd.Series:
    return _months(np.random.default_rng(12).normal(size=300))


def test_the_three_tests_tell_a_walk_from_noise(walk: pd.Series, noise: pd.Series) -> None:
    for test in (adf_test, phillips_perron_test):
        assert not _result(test(walk)).rejects()
        assert _result(test(noise)).rejects()
    assert _result(kpss_test(walk)).rejects()
    assert not _result(kpss_test(noise)).rejects()
    assert suitability(walk).stationarity == "unit root or break"
    assert suitability(noise).stationarity == "stationary"


def test_a_break_looks_like_a_unit_root_and_is_not_refused_for_it() -> None:
    values = np.random.default_rng(13).normal(size=300)
    values[150:] += 8.0
    found = suitability(_months(values))
    assert found.stationarity == "unit root or break"
    assert "structural breaks" in found.allowed


def test_lag_rules_are_stated(noise: pd.Series) -> None:
    assert _result(adf_test(noise)).settings["lag_rule"] == "AIC up to ceil(12 (n/100)^(1/4))"
    # floor(4 (299/100)^(2/9)) = 5
    result = _result(phillips_perron_test(noise))
    assert result.settings["lags"] == 5
    assert "Hobijn" in str(_result(kpss_test(noise)).settings["lag_rule"])


def test_a_season_is_seen_through_autocorrelation() -> None:
    rng = np.random.default_rng(14)
    noise = np.zeros(240)
    for t in range(1, 240):
        noise[t] = 0.5 * noise[t - 1] + rng.normal()
    season = np.where(np.arange(240) % 12 == 7, 3.0, 0.0)
    assert not _result(seasonality_test(_months(noise))).rejects()
    for test in (seasonality_test, seasonality_rank_test):
        assert _result(test(_months(noise + season))).rejects(0.001)


@pytest.mark.full
def test_the_season_test_keeps_its_level_in_short_autocorrelated_series() -> None:
    # 400 series of five years; the 99.9% band of a 5% test is 2 to 9%.
    rng = np.random.default_rng(15)
    rejected = 0
    for _ in range(400):
        noise = np.zeros(90)
        for t in range(1, 90):
            noise[t] = 0.5 * noise[t - 1] + rng.normal()
        rejected += _result(seasonality_test(_months(noise[30:]))).rejects()
    assert 0.02 <= rejected / 400 <= 0.09


def test_dispersion_tells_poisson_from_overdispersed_counts() -> None:
    rng = np.random.default_rng(16)
    assert not _result(dispersion_test(rng.poisson(2.0, 300).astype(float))).rejects()
    assert _result(dispersion_test(rng.negative_binomial(1, 1 / 3, 300).astype(float))).rejects()


def test_ljung_box_degrees_of_freedom_and_lags(noise: pd.Series) -> None:
    result = _result(autocorrelation_test(noise))
    assert result.settings["lags"] == 24  # two years
    assert _result(autocorrelation_test(noise.to_numpy())).settings["lags"] == 10
    assert _result(autocorrelation_test(noise, 8, n_parameters=3)).distribution == "chi-square(5)"
    assert "leave nothing" in _reason(autocorrelation_test(noise, 3, n_parameters=3))


def test_a_profile_counts_zeros_and_gaps() -> None:
    found = profile(_months(np.array([0.0, 0.0, np.nan, 3.0, 1.0])))
    assert (found.n_obs, found.n_missing, found.zero_share) == (4, 1, 0.5)
    assert found.poisson_zero_share == pytest.approx(np.exp(-1.0))
    assert found.is_count
    assert (found.commonest_value, found.commonest_share) == (0.0, 0.5)
    assert not profile([-1.0, 0.0]).is_count
    assert not profile([0.5, 0.0]).is_count
    assert profile([-1.0, 0.0]).poisson_zero_share is None


def test_a_long_count_series_bears_everything() -> None:
    found = suitability(_months(np.random.default_rng(17).poisson(2.0, 300).astype(float)))
    assert found.refused == ()
    assert len(found.tests) == 7
    assert set(found.allowed) == {
        "structural breaks",
        "vector autoregression",
        "forecasts",
        "seasonal models",
        "count models",
    }


def _refusals(series: pd.Series) -> dict[str, str]:
    return {refusal.model: refusal.reason for refusal in suitability(series).refused}


def test_a_constant_series_bears_nothing() -> None:
    found = suitability(_months(np.zeros(300)))
    assert found.allowed == ()
    assert found.tests == ()
    assert found.stationarity == "unknown"
    assert "never changes" in _refusals(_months(np.zeros(300)))["structural breaks"]
    assert suitability_sentence(found, "PRK-RUS net").endswith("it supports no model.")


def test_a_short_series_is_refused_with_the_length_needed() -> None:
    refused = _refusals(_months(np.random.default_rng(18).normal(size=19)))
    assert refused["structural breaks"] == "19 observations; at least 20 are needed"
    assert refused["ADF"] == "19 observations; at least 30 are needed"
    assert refused["forecasts"] == "19 observations; at least 36 are needed"
    assert "not counts" in refused["count models"]


def test_a_series_that_is_nearly_always_zero_is_refused_for_its_few_events() -> None:
    values = np.zeros(300)
    values[[20, 60, 100, 140, 180, 220]] = 1.0
    refused = _refusals(_months(values))
    assert refused["structural breaks"].startswith("only 6 of 300 observations differ from 0")
    assert "6 of 300" in refused["vector autoregression"]
    assert refused["count models"] == "6 periods are not zero; at least 10 are needed"


def test_gaps_are_refused_by_what_needs_equal_spacing_only() -> None:
    values = np.random.default_rng(19).normal(size=300)
    values[[50, 51]] = np.nan
    found = suitability(_months(values))
    assert found.allowed == ("structural breaks",)
    assert "2002-03" in _refusals(_months(values))["vector autoregression"]
    assert "2 have no value" in suitability_sentence(found, "X")
    values[100:200] = np.nan
    assert "more than 20%" in _refusals(_months(values))["structural breaks"]


def test_a_series_without_months_has_no_season(noise: pd.Series) -> None:
    assert "no months or quarters" in _reason(seasonality_test(noise.to_numpy()))
    assert "2 times" in _reason(seasonality_rank_test(noise.iloc[:26]))


def test_a_sentence_says_no_more_than_the_test(walk: pd.Series) -> None:
    result = _result(kpss_test(walk))
    sentence = result_sentence(result, "the walk")
    assert sentence.startswith("KPSS test for the walk: statistic ")
    assert "that the series is stationary around a constant is rejected at 0.05" in sentence
    assert sentence.endswith("; the p-value is 0.01 or smaller.")
    kept = result_sentence(_result(adf_test(walk)), "the walk")
    assert "that the series has a unit root is not rejected at 0.05." in kept
    corrected = result_sentence(result, "the walk", p_adjusted=0.2)
    assert "adjusted p = 0.200" in corrected
    assert "is not rejected" in corrected
    refused = result_sentence(adf_test(walk.iloc[:9]), "the walk")
    assert refused == "No result for the walk (ADF): 9 observations; at least 30 are needed."
