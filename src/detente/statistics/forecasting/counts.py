"""A count of events that follows its own past: log-linear, Poisson or negative binomial."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import statsmodels.api as sm
from numpy.linalg import LinAlgError
from statsmodels.discrete.discrete_model import NegativeBinomial
from statsmodels.tools.sm_exceptions import ConvergenceWarning, HessianInversionWarning

from detente.statistics.forecasting.models import corrected_criterion, require_active
from detente.statistics.frames import NotEstimableError
from detente.statistics.results import Setting
from detente.statistics.samples import FloatArray

MEMORY = 12
# A simulated path may not run away: the log-linear mean is held below this many times the largest
# month of the history.
CEILING = 5.0


@dataclass(frozen=True, kw_only=True)
class CountForecaster:
    """A fitted count model.

    Attributes
    ----------
    coefficients
        Of the constant, of log(1 + last month) and of log(1 + mean of the last twelve months).
    dispersion
        Of the negative binomial, the variance being mu + dispersion mu^2; 0 for Poisson.
    """

    coefficients: FloatArray
    dispersion: float
    settings: Mapping[str, Setting]
    warnings: tuple[str, ...] = ()

    def draw(
        self, history: FloatArray, horizon: int, n_draws: int, rng: np.random.Generator
    ) -> FloatArray:
        """Simulate the months after a history, shape (horizon, n_draws), whole numbers."""
        counts = history.sum(axis=1)
        recent = np.tile(counts[-MEMORY:, None], n_draws)
        highest = CEILING * max(float(counts.max()), 1.0)
        found = np.empty((horizon, n_draws))
        for step in range(horizon):
            past = np.log1p(np.stack([recent[-1], recent.mean(axis=0)]))
            exponent = self.coefficients[0] + self.coefficients[1:] @ past
            mean = np.exp(np.minimum(exponent, np.log(highest)))
            if self.dispersion > 0.0:
                mean = rng.gamma(1.0 / self.dispersion, self.dispersion * mean)
            found[step] = rng.poisson(mean)
            recent = np.vstack([recent[1:], found[step]])
        return found


@dataclass(frozen=True, kw_only=True)
class CountAutoregression:
    """A log-linear autoregression of counts, Poisson or negative binomial by AICc.

    Notes
    -----
    log mu(t) = a + b log(1 + y(t - 1)) + c log(1 + mean of y(t - 12) to y(t - 1)); several months
    ahead by simulation. The mean of the year stands for the feedback term of an INGARCH model.

    References
    ----------
    Fokianos and Tjostheim (2011), Journal of Multivariate Analysis 102, 563-578; Cameron and
    Trivedi (2013), Regression Analysis of Count Data, second edition, sections 3.3 and 7.5.
    """

    name: str = "count autoregression"
    settings: Mapping[str, Setting] = field(
        default_factory=lambda: {
            "grid": "Poisson, negative binomial (NB2)",
            "criterion": "AICc",
            "regressors": "log(1 + last month), log(1 + mean of the last 12 months)",
            "ceiling": f"mean of a simulated month at most {CEILING:g} times the largest seen",
        }
    )

    def fit(self, history: FloatArray) -> CountForecaster:
        """Estimate both distributions and keep the one with the lower AICc.

        Raises
        ------
        NotEstimableError
            If the count hardly ever moves, or Poisson does not converge.
        """
        counts = history.sum(axis=1)
        require_active(counts, "the count")
        if len(counts) < 3 * MEMORY:
            raise NotEstimableError(f"{len(counts)} months; at least {3 * MEMORY} are needed")
        design, target = _regression(counts)
        poisson = _poisson(target, design)
        best = CountForecaster(
            coefficients=np.asarray(poisson.params, dtype=np.float64),
            dispersion=0.0,
            settings={"distribution": "Poisson"},
        )
        binomial = _negative_binomial(target, design, poisson)
        if binomial is None:
            return _with_note(best, "the negative binomial did not converge; Poisson is used")
        n_obs, width = design.shape
        if corrected_criterion(float(binomial.llf), width + 1, n_obs) >= corrected_criterion(
            float(poisson.llf), width, n_obs
        ):
            return best
        return CountForecaster(
            coefficients=np.asarray(binomial.params[:-1], dtype=np.float64),
            dispersion=float(binomial.params[-1]),
            settings={"distribution": "negative binomial"},
        )


def _with_note(one: CountForecaster, note: str) -> CountForecaster:
    return CountForecaster(
        coefficients=one.coefficients,
        dispersion=one.dispersion,
        settings=one.settings,
        warnings=(note,),
    )


def _regression(counts: FloatArray) -> tuple[FloatArray, FloatArray]:
    sums = np.cumsum(np.concatenate([[0.0], counts]))
    means = (sums[MEMORY:] - sums[:-MEMORY]) / MEMORY
    last = counts[MEMORY - 1 : -1]
    design = np.column_stack([np.ones(len(last)), np.log1p(last), np.log1p(means[:-1])])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise NotEstimableError("the counts of the months before are linearly dependent")
    return design, counts[MEMORY:]


def _poisson(target: FloatArray, design: FloatArray) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # asked for below
        found = sm.GLM(target, design, family=sm.families.Poisson()).fit()
    if not found.converged or not np.isfinite(found.llf):
        raise NotEstimableError("the Poisson regression did not converge")
    return found


def _negative_binomial(target: FloatArray, design: FloatArray, poisson: Any) -> Any:
    # Where counts vary no more than Poisson's, the dispersion runs to zero and the search is lost;
    # that is an answer, and the caller records it.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", HessianInversionWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            found = NegativeBinomial(target, design).fit(
                start_params=np.r_[poisson.params, 0.5], disp=False, maxiter=200
            )
        except LinAlgError:
            return None
    is_sound = found.mle_retvals["converged"] and np.isfinite(found.params).all()
    return found if is_sound and found.params[-1] > 1e-6 else None
