"""Reciprocity against published numbers and other programs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from detente.statistics.reciprocity.granger import GrangerResult, granger
from detente.statistics.reciprocity.impulse import ImpulseResult, impulse_responses
from detente.statistics.reciprocity.var_model import VarFit, VarSettings, fit_var


@pytest.fixture(scope="module")
def levant(shared_data: Path) -> pd.DataFrame:
    """Weekly Goldstein totals between Israel and the Palestinians from the week of 1979-04-15."""
    frame = pd.read_csv(shared_data / "keds" / "israel_palestine_weekly.csv")
    frame.index = pd.period_range("1979-04-15", periods=len(frame), freq="W-SAT")
    return frame


def _with_lag(frame: pd.DataFrame, lag: int) -> VarFit:
    """Fit exactly `lag` lags: the series are not white, so the lag rises to its maximum."""
    fit = fit_var(frame, VarSettings(max_lag=lag))
    assert isinstance(fit, VarFit)
    assert fit.lag == lag
    return fit


# F tests on the data of Brandt and Freeman (2006, Political Analysis 14(1), 1-36; KEDS Levant),
# one equation at a time with a constant: the form that `granger.test` has in the R package MSBVAR,
# which distributes the data. Lag, F of p2i for i2p, F of i2p for p2i.
LEVANT_F = [
    (1, 72.523046, 129.370225),
    (4, 28.643108, 13.227742),
    (6, 17.630996, 10.912354),
    (8, 14.595357, 9.414026),
]


@pytest.mark.parametrize(("lag", "p2i_for_i2p", "i2p_for_p2i"), LEVANT_F)
def test_levant_f_tests(
    levant: pd.DataFrame, lag: int, p2i_for_i2p: float, i2p_for_p2i: float
) -> None:
    fit = _with_lag(levant, lag)
    for target, predictor, expected in (
        ("i2p", "p2i", p2i_for_i2p),
        ("p2i", "i2p", i2p_for_p2i),
    ):
        result = granger(fit, target, [predictor])
        assert isinstance(result, GrangerResult)
        f_test = result.also["F"]
        assert f_test.statistic == pytest.approx(expected, abs=5e-7)
        assert f_test.distribution == f"F({lag}, {1278 - lag - (2 * lag + 1)})"
        # In a system of two series the Wald form is the same statistic times its restrictions.
        assert result.also["Wald"].statistic == pytest.approx(lag * f_test.statistic, rel=1e-9)


def test_levant_residuals_stay_coloured_and_it_is_said(levant: pd.DataFrame) -> None:
    fit = _with_lag(levant, 8)
    assert fit.whiteness.rejects()
    assert any("not white even at the longest lag" in note for note in fit.warnings)


@pytest.fixture(scope="module")
def west_german() -> pd.DataFrame:
    """Growth of West German investment, income and consumption, 1960(2)-1978(4).

    Luetkepohl (2005), data set E1, which statsmodels ships among its tests.
    """
    package = pytest.importorskip("statsmodels.tsa.vector_ar.tests")
    path = Path(package.__file__).parent / "results" / "e1.dat"
    if not path.is_file():
        pytest.skip(f"needs the data set E1, expected in {path}")
    lines = path.read_text(encoding="utf-8").split(">")[1].splitlines()[2:]
    levels = np.array([line.split() for line in lines if line.strip()], dtype=float)
    growth = np.diff(np.log(levels), axis=0)[:75]
    return pd.DataFrame(
        growth,
        columns=["investment", "income", "consumption"],
        index=pd.period_range("1960Q2", periods=75, freq="Q"),
    )


def test_luetkepohl_chooses_two_lags(west_german: pd.DataFrame) -> None:
    """Luetkepohl (2005), table 4.5: AIC chooses 2 among 0 to 4; residuals are white."""
    fit = fit_var(west_german, VarSettings(max_lag=4))
    assert isinstance(fit, VarFit)
    assert (fit.lag_by_criterion, fit.lag) == (2, 2)
    assert not fit.whiteness.rejects()
    assert fit.is_stable
    assert fit.warnings == ()


def test_luetkepohl_granger_wald(west_german: pd.DataFrame) -> None:
    """Luetkepohl (2005), section 3.6.2: lambda_W = 6.37 for income and consumption together."""
    fit = fit_var(west_german, VarSettings(max_lag=4))
    assert isinstance(fit, VarFit)
    result = granger(fit, "investment", ["income", "consumption"])
    assert isinstance(result, GrangerResult)
    wald = result.also["Wald"]
    assert wald.statistic == pytest.approx(6.37, abs=0.005)
    assert wald.distribution == "chi-square(4)"


# Luetkepohl (2005), section 2.3.3, table of the investment, income and consumption system:
# (response, periods ahead) and the shares owed to investment, income and consumption.
LUETKEPOHL_SHARES = {
    ("investment", 1): (1.000, 0.000, 0.000),
    ("investment", 2): (0.960, 0.018, 0.023),
    ("investment", 3): (0.946, 0.028, 0.026),
    ("income", 1): (0.018, 0.982, 0.000),
    ("income", 3): (0.070, 0.896, 0.035),
    ("consumption", 1): (0.080, 0.273, 0.647),
    ("consumption", 2): (0.077, 0.274, 0.649),
    ("consumption", 3): (0.130, 0.334, 0.537),
}


def test_luetkepohl_variance_decomposition(west_german: pd.DataFrame) -> None:
    fit = fit_var(west_german, VarSettings(max_lag=4))
    assert isinstance(fit, VarFit)
    result = impulse_responses(fit, horizon=8, n_draws=20)
    assert isinstance(result, ImpulseResult)
    shares = result.shares.query("kind == 'orthogonalised'").pivot_table(
        index=["response", "horizon"], columns="impulse", values="value"
    )
    for key, expected in LUETKEPOHL_SHARES.items():
        found = shares.loc[key, ["investment", "income", "consumption"]].to_numpy()
        np.testing.assert_allclose(found, expected, atol=6e-4)


@pytest.fixture(scope="module")
def us_growth() -> pd.DataFrame:
    """Quarterly growth of US output, consumption and investment, 1959(2)-2009(3)."""
    data = sm.datasets.macrodata.load_pandas().data[["realgdp", "realcons", "realinv"]]
    growth = np.log(data).diff().dropna()
    growth.index = pd.period_range("1959Q2", periods=len(growth), freq="Q")
    return growth


# Responses to realgdp of realgdp, realcons and realinv at horizons 0 to 2 in a VAR(2) with
# constant, from `irf(ortho = TRUE)` of the R package vars, as kept among statsmodels' own tests
# (tsa/vector_ar/tests/results/results_var_data.py, with the script vars.R beside it).
R_VARS_ORTHOGONALISED = [
    (0.007557357219752236, 0.003948403413668315, 0.02972434157321242),
    (0.0015408726821582578, 0.0010664916255201816, 0.00923575489996933),
    (0.0015874964105555918, 0.0010551760558416706, 0.006102514196485799),
]


def test_orthogonalised_responses_equal_those_of_r(us_growth: pd.DataFrame) -> None:
    fit = fit_var(us_growth, VarSettings(max_lag=2))
    assert isinstance(fit, VarFit)
    assert fit.lag == 2
    result = impulse_responses(fit, horizon=2, n_draws=20)
    assert isinstance(result, ImpulseResult)
    found = result.responses.query("kind == 'orthogonalised' and impulse == 'realgdp'")
    table = found.pivot_table(index="horizon", columns="response", values="value")
    np.testing.assert_allclose(
        table[["realgdp", "realcons", "realinv"]].to_numpy(), R_VARS_ORTHOGONALISED, atol=1e-10
    )


# R 4 with sandwich: Wald test of the other series' lag in lm(Y ~ X + Z), vcovHC(m, type = "HC3").
@pytest.mark.parametrize(
    ("target", "predictor", "statistic", "p_value"),
    [("y", "x", 35.82545586, 1.428313002e-08), ("x", "y", 6.286666386e-03, 9.369047702e-01)],
)
def test_the_deciding_test_is_that_of_r_with_hc3(
    target: str, predictor: str, statistic: float, p_value: float
) -> None:
    t = np.arange(1, 161)
    x = np.sin(t**2 / 7) * (1 + t / 80)
    y = np.cos(t**2 / 5) * (2 - t / 160)
    y[1:] += 0.3 * x[:-1]
    months = pd.period_range("1990-01", periods=160, freq="M")
    fit = fit_var(pd.DataFrame({"x": x, "y": y}, index=months))
    assert isinstance(fit, VarFit)
    found = granger(fit, target, [predictor])
    assert isinstance(found, GrangerResult)
    assert found.test.statistic == pytest.approx(statistic, rel=1e-8)
    assert found.test.p_value == pytest.approx(p_value, rel=1e-8)
