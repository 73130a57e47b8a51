from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from statsmodels.regression.linear_model import OLS

from detente.base.errors import UsageError
from detente.statistics.frames import NotEstimableError
from detente.statistics.reciprocity.dyadic import (
    BootstrapSettings,
    ReciprocityResult,
    dyad,
    granger_sentence,
    in_words,
    response_sentence,
    triad,
)
from detente.statistics.reciprocity.granger import GrangerResult, _hc3, granger
from detente.statistics.reciprocity.impulse import ImpulseResult, impulse_responses
from detente.statistics.reciprocity.var_model import VarFit, VarSettings, fit_var, integration_order
from detente.statistics.results import Refusal
from detente.statistics.samples import SeriesError

PAIRS = ["JPN>KOR", "KOR>JPN", "JPN>PRK", "PRK>JPN", "KOR>PRK", "PRK>KOR"]
FEW = BootstrapSettings(n_draws=40, horizon=6)


def simulate(
    slopes: np.ndarray, n_obs: int = 300, seed: int = 1, columns: list[str] | None = None
) -> pd.DataFrame:
    """A VAR(1) with unit normal errors, monthly."""
    rng = np.random.default_rng(seed)
    width = len(slopes)
    path = np.zeros((n_obs + 50, width))
    for t in range(1, len(path)):
        path[t] = slopes @ path[t - 1] + rng.standard_normal(width)
    index = pd.period_range("2000-01", periods=n_obs, freq="M")
    return pd.DataFrame(path[50:], index=index, columns=columns or PAIRS[:width])


ANSWERS = np.array([[0.3, 0.5], [0.0, 0.3]])


def fitted(frame: pd.DataFrame, settings: VarSettings | None = None) -> VarFit:
    fit = fit_var(frame, settings)
    assert isinstance(fit, VarFit)
    return fit


def ask(fit: VarFit, target: str, predictors: list[str]) -> GrangerResult:
    result = granger(fit, target, predictors)
    assert isinstance(result, GrangerResult)
    return result


def test_the_answering_side_is_found_and_the_other_is_not() -> None:
    result = dyad(simulate(ANSWERS), "JPN", "KOR", bootstrap=FEW)
    assert isinstance(result, ReciprocityResult)
    first, second = result.tests
    assert isinstance(first, GrangerResult)
    assert isinstance(second, GrangerResult)
    assert (first.target, first.predictors) == ("JPN>KOR", ("KOR>JPN",))
    assert first.question == second.question == "reciprocity"
    assert first.test.rejects(0.001)
    assert not second.test.rejects(0.05)
    assert first.lag_sum is not None
    assert first.lag_sum.lower < 0.5 < first.lag_sum.upper


def test_results_carry_hypotheses_sample_and_settings() -> None:
    result = ask(fitted(simulate(ANSWERS)), "JPN>KOR", ["KOR>JPN"])
    assert "KOR>JPN does not help to predict JPN>KOR" in result.test.null_hypothesis
    assert "helps to predict" in result.test.alternative
    assert result.span == "2000-01 to 2024-12"
    assert result.test.n_obs == 300 - int(str(result.test.settings["lags"]))
    assert set(result.also) == {"F", "Wald", "robust F"}
    assert result.test.settings["lag_criterion"] == "aic"


def test_lag_is_raised_until_residuals_are_white() -> None:
    """BIC stops too early here: a weak fourth lag stays in the residuals."""
    rng = np.random.default_rng(0)
    path = rng.standard_normal((500, 2))
    for t in range(4, 500):
        path[t, 0] += 0.22 * path[t - 4, 1]
        path[t, 1] += 0.22 * path[t - 4, 0]
    index = pd.period_range("1980-01", periods=500, freq="M")
    frame = pd.DataFrame(path, index=index, columns=PAIRS[:2])
    fit = fitted(frame, VarSettings(criterion="bic", max_lag=6))
    assert fit.lag_by_criterion == 0
    assert fit.lag == 4
    assert not fit.whiteness.rejects()
    assert any("lag raised from 1 (BIC) to 4" in note for note in fit.warnings)
    assert any("prefers no lag at all" in note for note in fit.warnings)


def test_lag_is_capped_by_the_sample_and_it_is_said() -> None:
    frame = simulate(0.3 * np.eye(6), n_obs=90)
    fit = fitted(frame)
    # 2 + 5 (1 + 6 * 2) = 67 periods for two lags, 98 for three.
    assert fit.max_lag == 2
    assert any("allows at most 2 lags of 6 series" in note for note in fit.warnings)


def test_a_directed_triad_is_refused_where_an_undirected_one_is_not() -> None:
    frame = simulate(0.3 * np.eye(6), n_obs=34)
    settings = VarSettings(min_active=10)
    actors = ["JPN", "KOR", "PRK"]
    directed = triad(frame, actors, is_directed=True, settings=settings, bootstrap=FEW)
    assert isinstance(directed, Refusal)
    assert "6 series with one lag need 36 periods" in directed.reason
    sums = pd.DataFrame(
        {f"{a}-{b}": frame[f"{a}>{b}"] + frame[f"{b}>{a}"] for a, b in combinations(actors, 2)}
    )
    undirected = triad(sums, actors, is_directed=False, settings=settings, bootstrap=FEW)
    assert isinstance(undirected, ReciprocityResult)
    assert undirected.fit.columns == ("JPN-KOR", "JPN-PRK", "KOR-PRK")


def test_a_directed_triad_asks_every_pair_and_every_third_party() -> None:
    slopes = 0.3 * np.eye(6)
    slopes[0, 5] = 0.4
    result = triad(simulate(slopes), ["JPN", "KOR", "PRK"], is_directed=True, bootstrap=FEW)
    assert isinstance(result, ReciprocityResult)
    assert result.fit.columns == tuple(PAIRS)
    tests = [test for test in result.tests if isinstance(test, GrangerResult)]
    assert len(tests) == 30 + 6
    assert sum(test.question == "reciprocity" for test in tests) == 6
    found = {(test.target, test.predictors): test for test in tests}
    assert found["JPN>KOR", ("PRK>KOR",)].test.rejects(0.001)
    block = found["JPN>KOR", ("JPN>PRK", "PRK>JPN", "KOR>PRK", "PRK>KOR")]
    assert block.test.rejects(0.001)
    assert block.question == "triangularity"
    assert block.lag_sum is None
    assert "Past acts that involve PRK help to predict" in granger_sentence(block)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda frame: frame.assign(**{"JPN>KOR": 1.0}), "JPN>KOR is the same in all 300 periods"),
        (
            lambda frame: frame.assign(**{"JPN>KOR": (np.arange(300) < 5) * 1.0}),
            "JPN>KOR differs from its most frequent value in only 5 of 300 periods",
        ),
        (lambda frame: frame.mask(frame > 2.0), "missing or infinite values"),
        (lambda frame: frame.assign(**{"JPN>KOR": 2.0 * frame["KOR>JPN"]}), "linear combination"),
        (lambda frame: frame.iloc[:15], "the number of periods is 15"),
    ],
)
def test_what_cannot_be_fitted_is_refused_with_the_reason(spoil, reason: str) -> None:  # type: ignore[no-untyped-def]
    refusal = fit_var(spoil(simulate(ANSWERS)))
    assert isinstance(refusal, Refusal)
    assert reason in refusal.reason
    assert "JPN>KOR" in refusal.model


def test_a_gap_or_a_plain_index_is_an_error_that_says_what_to_do() -> None:
    frame = simulate(ANSWERS)
    with pytest.raises(SeriesError, match="Give every period a row"):
        fit_var(frame.drop(frame.index[10]))
    with pytest.raises(SeriesError, match="expected a PeriodIndex"):
        fit_var(frame.reset_index(drop=True))


def test_unknown_names_are_errors() -> None:
    frame = simulate(ANSWERS)
    fit = fitted(frame)
    with pytest.raises(SeriesError, match="got USA>KOR"):
        granger(fit, "JPN>KOR", ["USA>KOR"])
    with pytest.raises(SeriesError, match="other than JPN>KOR"):
        granger(fit, "JPN>KOR", ["JPN>KOR"])
    with pytest.raises(SeriesError, match="CHN>JPN are absent"):
        dyad(frame, "JPN", "CHN")
    with pytest.raises(SeriesError, match="three distinct states"):
        triad(frame, ["JPN", "KOR"], is_directed=True)
    with pytest.raises(UsageError, match="max_lag of 1 or more"):
        VarSettings(max_lag=0)


def test_integration_order_of_white_noise_a_walk_and_a_walk_of_walks() -> None:
    noise = np.random.default_rng(4).standard_normal(400)
    assert integration_order(noise) == 0
    assert integration_order(np.cumsum(noise)) == 1
    assert integration_order(np.cumsum(np.cumsum(noise))) == 2


def test_walks_are_tested_with_an_extra_lag() -> None:
    walks = simulate(ANSWERS).cumsum()
    result = ask(fitted(walks), "JPN>KOR", ["KOR>JPN"])
    assert result.test.test.startswith("Toda-Yamamoto (1995)")
    assert result.test.settings["extra_lags"] == 1
    assert any("a root may be one" in note for note in result.warnings)
    assert result.also["F"].settings["extra_lags"] == 0
    assert "Toda-Yamamoto" in granger_sentence(result)


def test_toda_yamamoto_leaves_the_extra_lag_untested() -> None:
    """Against the regression written out: the extra lag is in the equation, not in the null."""
    walks = simulate(ANSWERS, n_obs=200).cumsum()
    fit = fitted(walks)
    result = ask(fit, "JPN>KOR", ["KOR>JPN"])
    lag = fit.lag
    values = walks.to_numpy()
    total = lag + 1
    rows = np.arange(total, len(values))
    own = [values[rows - by, 0] for by in range(1, total + 1)]
    other = [values[rows - by, 1] for by in range(1, total + 1)]
    full = np.column_stack([np.ones(len(rows)), *own, *other])
    short = np.column_stack([np.ones(len(rows)), *own, other[-1]])
    y = values[rows, 0]

    def rss(x: np.ndarray) -> float:
        return float(np.sum((y - x @ np.linalg.lstsq(x, y, rcond=None)[0]) ** 2))

    freedom = len(rows) - full.shape[1]
    expected = (rss(short) - rss(full)) / lag / (rss(full) / freedom)
    plain = result.also["Toda-Yamamoto"]
    assert plain.statistic == pytest.approx(expected, rel=1e-6)
    assert plain.distribution == f"F({lag}, {freedom})"
    # What is reported has the same untested lag, with errors robust to heteroskedasticity.
    assert result.test.settings["extra_lags"] == 1
    assert result.test.settings["covariance"] == "HC3"


def test_an_explosive_model_gives_no_responses() -> None:
    frame = simulate(np.array([[1.03, 0.0], [0.0, 0.3]]), n_obs=150)
    fit = fitted(frame)
    assert not fit.is_stable
    refusal = impulse_responses(fit)
    assert isinstance(refusal, Refusal)
    assert "not stable" in refusal.reason


def test_bands_follow_the_seed() -> None:
    fit = fitted(simulate(ANSWERS))
    first, again, other = (impulse_responses(fit, n_draws=50, seed=seed) for seed in (1, 1, 2))
    assert isinstance(first, ImpulseResult)
    assert isinstance(again, ImpulseResult)
    assert isinstance(other, ImpulseResult)
    pd.testing.assert_frame_equal(first.responses, again.responses)
    assert not first.responses.equals(other.responses)
    assert first.responses["value"].equals(other.responses["value"])


def test_responses_have_one_row_a_kind_pair_and_horizon() -> None:
    result = impulse_responses(fitted(simulate(ANSWERS)), horizon=5, n_draws=30)
    assert isinstance(result, ImpulseResult)
    assert len(result.responses) == 2 * 2 * 2 * 6
    assert len(result.shares) == 2 * 2 * 2 * 5
    assert result.responses.notna().all(axis=None)
    assert (result.responses["lower"] <= result.responses["upper"]).all()
    assert set(result.responses["horizon"]) == set(range(6))
    assert set(result.shares["horizon"]) == set(range(1, 6))


def test_instantaneous_movement_is_reported_beside_the_past() -> None:
    """Acts answered within the month leave no trace in the lags."""
    frame = simulate(0.2 * np.eye(2))
    frame["KOR>JPN"] += 0.8 * frame["JPN>KOR"]
    result = ask(fitted(frame), "KOR>JPN", ["JPN>KOR"])
    assert not result.test.rejects(0.01)
    assert result.instantaneous is not None
    assert result.instantaneous.rejects(0.001)


def test_sentences_speak_of_prediction_and_never_of_causes() -> None:
    result = dyad(simulate(ANSWERS), "JPN", "KOR", bootstrap=FEW)
    assert isinstance(result, ReciprocityResult)
    yes, no = (granger_sentence(t) for t in result.tests if isinstance(t, GrangerResult))
    assert yes.startswith(
        "Past acts of KOR towards JPN help to predict acts of JPN towards KOR (F(1, 296) = "
    )
    assert "p < 0.001; 1 lag, 2000-01 to 2024-12), in the same direction on balance" in yes
    assert no.startswith("The data do not show that past acts of JPN towards KOR help to predict")
    assert not any("caus" in sentence.lower() for sentence in (yes, no))


def test_the_adjusted_p_value_decides_where_given() -> None:
    result = ask(fitted(simulate(ANSWERS)), "JPN>KOR", ["KOR>JPN"])
    sentence = granger_sentence(result, p_adjusted=0.3)
    assert sentence.startswith("The data do not show")
    assert "p < 0.001, BH-adjusted p = 0.300" in sentence


def test_a_contradicting_robust_test_is_in_the_sentence() -> None:
    """The variance of the error follows the predictor's size: the plain F test is fooled."""
    for seed in range(200):
        rng = np.random.default_rng(seed)
        x = rng.standard_normal(120) * np.exp(rng.standard_normal(120))
        y = rng.standard_normal(120)
        y[1:] *= 0.3 + np.abs(x[:-1])
        index = pd.period_range("2000-01", periods=120, freq="M")
        frame = pd.DataFrame({"JPN>KOR": y, "KOR>JPN": x}, index=index)
        result = ask(fitted(frame, VarSettings(max_lag=1)), "JPN>KOR", ["KOR>JPN"])
        if result.also["F"].rejects() and not result.test.rejects():
            sentence = granger_sentence(result)
            assert sentence.startswith("The data do not show that past acts of KOR towards JPN")
            assert "with errors that assume homoskedasticity" in sentence
            assert any("assume homoskedasticity" in note for note in result.warnings)
            return
    pytest.fail("no sample in which the two tests differ")


def test_response_sentences_name_the_horizon_or_say_that_none_stands_out() -> None:
    result = impulse_responses(fitted(simulate(ANSWERS)), horizon=6, n_draws=100)
    assert isinstance(result, ImpulseResult)
    found = response_sentence(result, "KOR>JPN", "JPN>KOR")
    assert "acts of JPN towards KOR are higher by" in found
    assert "1 month later (pointwise 95% band" in found
    none = response_sentence(result, "JPN>KOR", "KOR>JPN")
    assert "show no response whose pointwise 95% band excludes zero at any horizon" in none
    with pytest.raises(SeriesError, match="got KOR>USA"):
        response_sentence(result, "KOR>USA", "JPN>KOR")


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("JPN>KOR", "acts of JPN towards KOR"),
        ("JPN-KOR", "acts between JPN and KOR"),
        ("i2p", "values of i2p"),
    ],
)
def test_columns_in_words(column: str, words: str) -> None:
    assert in_words(column) == words


def test_a_period_that_alone_decides_a_coefficient_has_no_robust_error() -> None:
    drawn = np.random.default_rng(5)
    alone = (np.arange(40) == 7).astype(float)
    y, x = drawn.normal(size=40), drawn.normal(size=40)
    with pytest.raises(NotEstimableError, match="one period alone decides a coefficient"):
        _hc3(OLS(y, np.column_stack([np.ones(40), x, alone])).fit())
    shared = OLS(y, np.column_stack([np.ones(40), x])).fit()
    assert np.array_equal(_hc3(shared), shared.cov_HC3)
