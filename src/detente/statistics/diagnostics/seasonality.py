"""Tests of a season: by the means, given the series' memory, and by the ranks."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats
from statsmodels.regression.linear_model import OLS
from statsmodels.tsa.tsatools import lagmat

from detente.base.phrases import say
from detente.statistics.diagnostics.inputs import SeriesTest, Values, in_own_units, span
from detente.statistics.results import Refusal, TestResult
from detente.statistics.samples import Gaps, Sample, take_sample

# Each season needs a mean and a spread of its own.
MIN_YEARS_SEASONAL = 3
MAX_SEASONAL_LAGS = 6


def seasonality_test(series: Values) -> TestResult | Refusal:
    """F test that all seasons (months, quarters) have the same mean, given the series' memory.

    Parameters
    ----------
    series
        Monthly or quarterly, without gaps, over a ``PeriodIndex`` or ``DatetimeIndex``; shape (n,).

    Returns
    -------
    TestResult or Refusal
        F test of the seasonal dummies in a regression on a constant, the dummies and the p last
        values, p of 0 to 6 by BIC. (A Newey-West test of the dummies without lags rejects in a
        third of short series without season.) Refused: no season known (bare values, days, years,
        weeks), fewer than 3 observations in a season, too few for the regression, a series that
        never changes.

    Raises
    ------
    SeriesError
        If the series is malformed or has gaps.
    """
    sample = seasonal_sample(series, gaps="refuse")
    if isinstance(sample, Refusal):
        return sample
    assert sample.season is not None
    kinds = np.unique(sample.season)
    dummies = (sample.season[:, None] == kinds[1:]).astype(np.float64)
    fixed = np.column_stack([np.ones(len(sample)), dummies])
    n_left = len(sample) - MAX_SEASONAL_LAGS
    if n_left < fixed.shape[1] + MAX_SEASONAL_LAGS + 10:
        return Refusal(
            model=say("model.seasonality"),
            reason=say(
                "reason.too_few",
                n=len(sample),
                needed=fixed.shape[1] + 2 * MAX_SEASONAL_LAGS + 10,
            ),
        )
    past = lagmat(sample.values, MAX_SEASONAL_LAGS, trim="both")
    now = slice(MAX_SEASONAL_LAGS, None)
    fits: list[Any] = [
        OLS(sample.values[now], np.column_stack([fixed[now], past[:, :p]])).fit()
        for p in range(MAX_SEASONAL_LAGS + 1)
    ]
    chosen = int(np.argmin([fitted.bic for fitted in fits]))
    if fits[chosen].ssr <= 1e-24 * float(sample.values @ sample.values):
        return Refusal(model=say("model.seasonality"), reason=say("reason.exact_fit"))
    contrast: Any = fits[chosen].f_test(np.eye(fixed.shape[1] + chosen)[1 : len(kinds)])
    return TestResult(
        test_id="seasonal_dummies",
        test=say("named.season_f"),
        null_hypothesis=say("null.same_mean"),
        alternative=say("alternative.means_differ"),
        statistic=float(contrast.statistic),
        p_value=float(contrast.pvalue),
        n_obs=n_left,
        distribution=f"F({len(kinds) - 1}, {int(contrast.df_denom)})",
        settings=span(sample)
        | {
            "seasons": len(kinds),
            "lags": chosen,
            "lag_rule": f"BIC up to {MAX_SEASONAL_LAGS} lags of the series",
        },
    )


def seasonality_rank_test(series: Values) -> TestResult | Refusal:
    """Kruskal-Wallis test that all seasons have the same distribution.

    It does not mind outliers and skew, but takes the observations to be independent.

    Parameters
    ----------
    series
        As for ``seasonality_test``; missing values are left out.

    Returns
    -------
    TestResult or Refusal
        Refused as ``seasonality_test``.

    References
    ----------
    Kruskal and Wallis (1952), Journal of the American Statistical Association 47, 583-621.
    """
    sample = seasonal_sample(series)
    if isinstance(sample, Refusal):
        return sample
    assert sample.season is not None
    groups = [sample.values[sample.season == kind] for kind in np.unique(sample.season)]
    result = stats.kruskal(*groups)
    return TestResult(
        test_id="kruskal_wallis",
        test=say("named.season_rank"),
        null_hypothesis=say("null.same_distribution"),
        alternative=say("alternative.larger"),
        statistic=float(result.statistic),
        p_value=float(result.pvalue),
        n_obs=len(sample),
        distribution=f"chi-square({len(groups) - 1})",
        settings=span(sample) | {"seasons": len(groups)},
    )


def seasonal_sample(series: Values, gaps: Gaps = "drop") -> Sample | Refusal:
    """Return the sample of months or quarters, or why it has no seasons or sees one too rarely."""
    sample = take_sample(series, gaps=gaps)
    if sample.season is None or (sample.periods_per_year or 0) > 12:
        return Refusal(model=say("model.seasonality"), reason=say("reason.no_season"))
    moving = in_own_units(sample, say("model.seasonality"))
    if isinstance(moving, Refusal):
        return moving
    counts = np.bincount(sample.season, minlength=sample.periods_per_year or 0)
    if counts.min() < MIN_YEARS_SEASONAL:
        return Refusal(
            model=say("model.seasonality"),
            reason=say("reason.season_rare", n=int(counts.min()), needed=MIN_YEARS_SEASONAL),
        )
    return moving


# A season is refused once, not by each of its two tests.
TESTS = (
    SeriesTest("seasonality", say("model.seasonality"), seasonality_test),
    SeriesTest("seasonality", say("model.seasonality"), seasonality_rank_test),
)
