"""Whether a count varies more than a Poisson count does."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import stats
from statsmodels.discrete.discrete_model import Poisson

from detente.base.phrases import say
from detente.statistics.diagnostics.inputs import SeriesTest, Values, span
from detente.statistics.results import Refusal, TestResult
from detente.statistics.samples import Sample, take_sample

# A count regression is decided by the periods that are not zero (about ten for each coefficient).
MIN_COUNT = 30
MIN_NOT_ZERO = 10
# Above it the squares of a regression of counts have too few digits.
LARGEST_COUNT = 1e9


def dispersion_test(series: Values) -> TestResult | Refusal:
    """Test whether a count varies more than a Poisson count of the same mean.

    Parameters
    ----------
    series
        Counts, shape (n,); missing values are left out.

    Returns
    -------
    TestResult or Refusal
        One-sided z of the auxiliary regression of ((y - m)^2 - y) / m on m, with HC3 errors; n
        observations, constant mean m. A break or trend in the mean also makes it reject. Refused:
        not a count, fewer than 30 observations, fewer than 10 that are not zero.

    References
    ----------
    Cameron and Trivedi (1990), Journal of Econometrics 46, 347-364; statsmodels
    ``DiscreteResults.get_diagnostic().test_dispersion``.
    """
    sample = take_sample(series, gaps="drop")
    reason = objection_to_counts(sample)
    if reason is not None:
        return Refusal(model=say("model.dispersion"), reason=reason)
    mean = float(sample.values.mean())
    fitted: Any = Poisson(sample.values, np.ones(len(sample))).fit(
        disp=0, start_params=np.array([math.log(mean)])
    )
    result: Any = fitted.get_diagnostic().test_dispersion()
    z = float(result.statistic[list(result.method).index("CT nb2 HC3")])
    return TestResult(
        test_id="overdispersion",
        test=say("named.overdispersion"),
        null_hypothesis=say("null.variance_is_mean"),
        alternative=say("alternative.variance_exceeds"),
        statistic=z,
        p_value=float(stats.norm.sf(z)),
        n_obs=len(sample),
        distribution="standard normal, upper tail",
        settings=span(sample)
        | {
            "mean": mean,
            "variance": float(sample.values.var(ddof=1)),
            "errors": "HC3",
        },
    )


def objection_to_counts(sample: Sample) -> str | None:
    """Return why the values suit no model of counts (no whole numbers, or too large); else None."""
    values = sample.values
    if np.any(values < 0.0) or np.any(values != np.floor(values)):
        return say("reason.no_counts")
    if values.max() > LARGEST_COUNT:
        return say("reason.large_counts", most=f"{LARGEST_COUNT:g}")
    if len(values) < MIN_COUNT:
        return say("reason.too_few", n=len(values), needed=MIN_COUNT)
    n_not_zero = int(np.count_nonzero(values))
    if n_not_zero and np.ptp(values) == 0.0:
        return say("reason.constant")
    if n_not_zero < MIN_NOT_ZERO:
        return say("reason.few_not_zero", n=n_not_zero, needed=MIN_NOT_ZERO)
    return None


TESTS = (SeriesTest("overdispersion", say("model.dispersion"), dispersion_test),)
