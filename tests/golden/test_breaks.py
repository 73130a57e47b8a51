"""Break tests against published results and other programs.

The numbers of R come from the reference output that strucchange 1.5-4 ships
(tests/Examples/strucchange-Ex.Rout.save and tests/strucchange-tests.Rout.save); those of Bai and
Perron's own program from the vignette of mbreaks 1.0.1, which repeats table 1 of their paper.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq
from scipy.special import gammaln, hyp1f1
from statsmodels.datasets import nile
from statsmodels.regression.linear_model import OLS

from detente.statistics.breaks.critical_values import (
    double_maximum_table,
    sup_f_critical_value,
    sup_f_p_value,
)
from detente.statistics.breaks.dates import argmax_quantile, break_intervals
from detente.statistics.breaks.regression import BreakProblem, pose
from detente.statistics.breaks.results import BreakAnalysis, analysis_sentence, break_sentence
from detente.statistics.breaks.search import find_breaks
from detente.statistics.breaks.segmentation import segment
from detente.statistics.breaks.stability import (
    cusum_test,
    double_maximum_test,
    sequential_test,
    sup_f_test,
    wald_statistic,
)
from detente.statistics.results import Refusal, TestResult


@pytest.fixture(scope="module")
def nile_flow() -> pd.Series:
    flow = nile.load_pandas().data["volume"].to_numpy(dtype=float)
    return pd.Series(flow, index=pd.period_range("1871", periods=100, freq="Y"))


@pytest.fixture(scope="module")
def real_interest(shared_data: Path) -> pd.Series:
    table = pd.read_csv(shared_data / "realint" / "realint_quarterly.csv")
    index = pd.period_range("1961Q1", periods=len(table), freq="Q")
    return pd.Series(table["y"].to_numpy(dtype=float), index=index)


def _posed(series: pd.Series, **options: object) -> BreakProblem:
    problem = pose(series, **options)  # type: ignore[arg-type]
    assert isinstance(problem, BreakProblem)
    return problem


# --- Nile, annual flow at Aswan 1871-1970 ------------------------------------------------------


def test_nile_partitions_agree_with_strucchange(nile_flow: pd.Series) -> None:
    # summary(breakpoints(Nile ~ 1))
    found = segment(nile_flow.to_numpy(), min_segment=15)
    assert [p.breaks for p in found.partitions] == [
        (),
        (28,),
        (28, 83),
        (28, 68, 83),
        (28, 45, 68, 83),
        (15, 30, 45, 68, 83),
    ]
    assert [round(p.rss) for p in found.partitions] == [
        2835157,
        1597457,
        1552924,
        1538097,
        1507888,
        1659994,
    ]
    # R's BIC is that of the normal likelihood and counts the error variance as a parameter.
    in_r = [100 * (p.bic + 1 + math.log(2 * math.pi)) + math.log(100) for p in found.partitions]
    assert [round(value) for value in in_r] == [1318, 1270, 1276, 1285, 1292, 1311]
    assert in_r[1] == pytest.approx(1270.084, abs=5e-4)
    assert found.best("bic").breaks == (28,)


def test_nile_breaks_in_1898_with_interval_1895_to_1902(nile_flow: pd.Series) -> None:
    # confint(breakpoints(Nile ~ 1)): 1895 1898 1902
    analysis = find_breaks(nile_flow, variance="iid")
    assert isinstance(analysis, BreakAnalysis)
    assert analysis.n_bic == analysis.n_sequential == 1
    (one,) = analysis.breaks
    assert (one.last_before, one.lower, one.upper) == ("1898", "1895", "1902")
    assert one.first_after == "1899"
    assert break_sentence(one, "the flow of the Nile") == (
        "Break in the flow of the Nile after 1898 (95% interval 1895 to 1902): "
        "the mean goes from 1098 to 850."
    )
    assert "finds 1 break in the flow" in analysis_sentence(analysis, "the flow")


def test_nile_stability_tests_agree_with_strucchange(nile_flow: pd.Series) -> None:
    problem = _posed(nile_flow, variance="iid")
    # sctest(Fstats(Nile ~ 1)): sup.F = 75.93, p-value = 2.22e-16
    sup_f = sup_f_test(problem)
    assert sup_f.statistic == pytest.approx(75.93, abs=5e-3)
    assert sup_f.settings["date"] == "1898"
    assert sup_f.p_value is not None
    assert sup_f.p_value < 1e-15
    # sctest(efp(Nile ~ 1, type = "OLS-CUSUM")): S0 = 2.9518, p-value = 5.409e-08
    cusum = cusum_test(problem)
    assert cusum.statistic == pytest.approx(2.9518, abs=5e-5)
    assert cusum.p_value == pytest.approx(5.409e-08, rel=1e-3)
    assert cusum.settings["date"] == "1898"


# --- US ex-post real interest rate, Bai and Perron (2003) --------------------------------------


def test_real_interest_partitions(real_interest: pd.Series) -> None:
    # summary(breakpoints(RealInt ~ 1, h = 15))
    found = segment(real_interest.to_numpy(), min_segment=15)
    assert [round(p.rss, 1) for p in found.partitions] == [
        1214.9,
        645.0,
        456.0,
        445.2,
        444.9,
        449.6,
    ]
    assert [p.breaks for p in found.partitions] == [
        (),
        (79,),
        (47, 79),
        (24, 47, 79),
        (24, 47, 64, 79),
        (16, 31, 47, 64, 79),
    ]
    in_r = [103 * (p.bic + 1 + math.log(2 * math.pi)) + math.log(103) for p in found.partitions]
    assert [round(value, 1) for value in in_r] == [555.7, 499.8, 473.3, 480.1, 489.3, 499.7]
    # Bai and Perron (2003, table 1) choose two breaks by both criteria.
    assert found.best("bic").n_breaks == 2
    assert found.best("lwz").n_breaks == 2


def test_real_interest_breaks_and_intervals_of_the_bic_partition(real_interest: pd.Series) -> None:
    # confint(breakpoints(RealInt ~ 1, h = 15)), the default variance of strucchange: each regime
    # its own variance, no autocorrelation.
    analysis = find_breaks(real_interest, min_segment=15, variance="iid", select="bic")
    assert isinstance(analysis, BreakAnalysis)
    assert [(b.lower, b.last_before, b.upper) for b in analysis.breaks] == [
        ("1970Q3", "1972Q3", "1973Q1"),
        ("1980Q1", "1980Q3", "1981Q1"),
    ]


def test_real_interest_intervals_robust_to_autocorrelation(real_interest: pd.Series) -> None:
    # confint(bp.ri, breaks = 3, vcov = kernHAC with quadratic spectral kernel, prewhite = 1,
    # approx = "AR(1)")
    y = real_interest.to_numpy()
    intervals = break_intervals(y, np.ones((103, 1)), (24, 47, 79), divisor="sandwich")
    assert [(i.lower, i.position, i.upper) for i in intervals] == [
        (18, 24, 35),
        (33, 47, 48),
        (77, 79, 81),
    ]


def test_real_interest_tests_repeat_the_published_table(real_interest: pd.Series) -> None:
    # mbreaks: mdl("rate", data = real, eps1 = 0.15); Bai and Perron (2003), table 1, where the
    # double maximum is 57.91 and the sequential procedure finds three breaks at 5%.
    problem = _posed(real_interest, min_segment=15)
    found = segment(problem.sample.values, min_segment=15)
    tests = [sequential_test(problem, found, n_null) for n_null in range(5)]
    assert isinstance(tests[4], Refusal)
    statistics = [test.statistic for test in tests[:4] if isinstance(test, TestResult)]
    assert statistics == pytest.approx([57.906, 33.927, 14.725, 0.033], abs=5e-4)
    double_maximum = double_maximum_test(problem, found)
    assert isinstance(double_maximum, TestResult)
    assert double_maximum.statistic == pytest.approx(57.906, abs=5e-4)
    assert list(double_maximum.critical_values.values()) == [7.46, 8.88, 10.39, 12.37]
    analysis = find_breaks(real_interest, min_segment=15)
    assert isinstance(analysis, BreakAnalysis)
    assert (analysis.n_sequential, analysis.n_bic, analysis.n_lwz) == (3, 2, 2)


def test_sup_f_against_several_breaks_repeats_the_published_table(real_interest: pd.Series) -> None:
    # Same source: 57.906, 43.014, 33.323, 24.771, 18.326 for 1 to 5 breaks.
    y, x = real_interest.to_numpy(), np.ones((103, 1))
    partitions = segment(y, min_segment=15).partitions[1:]
    statistics = [wald_statistic(y, x, p.breaks, "hac") / p.n_breaks for p in partitions]
    assert statistics == pytest.approx([57.906, 43.014, 33.323, 24.771, 18.326], abs=5e-4)


# --- a known date -------------------------------------------------------------------------------


def test_the_wald_statistic_is_q_times_the_f_statistic_of_statsmodels(
    nile_flow: pd.Series,
) -> None:
    late = (np.arange(100) >= 50).astype(float)
    trend = np.arange(100) / 100
    design = np.column_stack([np.ones(100), trend, late, late * trend])
    reference = OLS(nile_flow.to_numpy(), design).fit().f_test(np.eye(4)[2:])
    statistic = wald_statistic(nile_flow.to_numpy(), design[:, :2], (50,), "iid")
    assert statistic / 2 == pytest.approx(float(reference.statistic), rel=1e-10)


# --- distributions ------------------------------------------------------------------------------


def _by_kummer_functions(statistic: float, q: int, low: float, high: float) -> float:
    """P(sup > statistic) by DeLong's series of zeros of Kummer's function, another method."""
    b, edge = q / 2, statistic / 2
    duration = math.log(high * (1 - low) / (low * (1 - high)))
    grid = np.linspace(1e-9, 40.0 / duration, 4000)
    values = hyp1f1(-grid, b, edge)
    crossings = np.flatnonzero(np.sign(values[:-1]) != np.sign(values[1:]))
    staying = 0.0
    for i in crossings:
        nu = brentq(lambda v: hyp1f1(-v, b, edge), grid[i], grid[i + 1], xtol=1e-14)
        slope = -nu / b * hyp1f1(1 - nu, b + 1, edge)
        step = 1e-6 * max(nu, 1e-3)
        by_nu = (hyp1f1(-nu - step, b, edge) - hyp1f1(-nu + step, b, edge)) / (2 * step)
        weight = math.exp(b * math.log(edge) - edge - gammaln(b))
        staying += weight * abs(slope / by_nu) / nu**2 * math.exp(-nu * duration)
    return 1 - staying


@pytest.mark.parametrize(
    ("statistic", "q", "trimming"),
    [(4.0, 1, 0.15), (8.86, 1, 0.15), (12.0, 2, 0.05), (6.0, 3, 0.25), (20.0, 5, 0.10)],
)
def test_sup_f_p_values_agree_with_kummer_functions(
    statistic: float, q: int, trimming: float
) -> None:
    ours = sup_f_p_value(statistic, q, (trimming, 1 - trimming))
    assert ours == pytest.approx(
        _by_kummer_functions(statistic, q, trimming, 1 - trimming), rel=1e-4
    )


@pytest.mark.parametrize(
    ("level", "critical"),
    # Andrews (1993), Econometrica 61, table I, one parameter, trimming 0.15.
    [(0.10, 7.17), (0.05, 8.85), (0.01, 12.35)],
)
def test_sup_f_critical_values_are_those_of_andrews(level: float, critical: float) -> None:
    assert sup_f_critical_value(level, 1, [(0.15, 0.85)]) == pytest.approx(critical, abs=0.15)


@pytest.mark.parametrize(
    ("statistic", "q", "hansen"),
    # sctest(Fstats(y ~ x1 + x2, from = 0.1)) on two data sets: p-values by Hansen (1997).
    [(12.252, 3, 0.1161), (19.333, 3, 0.006721)],
)
def test_sup_f_p_values_are_slightly_above_hansens(statistic: float, q: int, hansen: float) -> None:
    ours = sup_f_p_value(statistic, q, (0.1, 0.9))
    assert hansen < ours < 1.35 * hansen


@pytest.mark.parametrize(
    ("n_null", "published"),
    # Bai and Perron (2003), Econometrics Journal 6, sup-F(l+1|l), one regressor, trimming 0.15,
    # 5%; simulated with 1,000 steps, which misses part of the maximum.
    [(0, 8.58), (1, 10.13), (2, 11.14), (3, 11.83)],
)
def test_sequential_critical_values_are_close_to_the_table(n_null: int, published: float) -> None:
    ours = sup_f_critical_value(0.05, 1, [(0.15, 0.85)] * (n_null + 1))
    assert published < ours < published + 0.3


def test_one_admissible_date_gives_the_chi_square_distribution() -> None:
    assert sup_f_p_value(3.841459, 1, (0.5, 0.5)) == pytest.approx(0.05, abs=1e-6)
    assert sup_f_p_value(11.0705, 5, (0.3, 0.3)) == pytest.approx(0.05, abs=1e-6)
    assert sup_f_critical_value(0.05, 1, [(0.5, 0.5)]) == pytest.approx(3.841459, abs=1e-5)


def test_quantiles_of_the_break_date_are_those_of_bai() -> None:
    # Bai (1997), Review of Economics and Statistics 79: with equal variances on both sides about
    # 7.7 and 11 times the scale on either side enclose 90 and 95%.
    assert argmax_quantile(0.95) == pytest.approx(7.687, abs=5e-4)
    assert argmax_quantile(0.975) == pytest.approx(11.033, abs=5e-4)


def test_the_double_maximum_table_is_read_at_the_right_place() -> None:
    # Bai and Perron (2003), Econometrics Journal 6, as mbreaks 1.0.1 holds it: trimming 0.05, one
    # regressor, four levels; ten regressors at 5%.
    assert double_maximum_table(200, 10, 1) == (
        0.05,
        5,
        {"0.1": 8.78, "0.05": 10.17, "0.025": 11.52, "0.01": 13.74},
    )
    ten = double_maximum_table(200, 10, 10)
    assert ten is not None
    assert ten[2]["0.05"] == 28.75
    # 15 of 103 observations is 0.15 rounded down; 14 is less, so the next smaller table serves.
    assert double_maximum_table(103, 15, 1)[0] == 0.15  # type: ignore[index]
    assert double_maximum_table(103, 14, 1)[0] == 0.10  # type: ignore[index]
    assert double_maximum_table(1000, 20, 1) is None
    assert double_maximum_table(200, 30, 11) is None
