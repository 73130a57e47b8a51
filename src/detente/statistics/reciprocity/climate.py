r"""Whether acts of one side predict those of the other beyond a climate that both share.

A Granger test takes a common climate for answering: if relations warm and cool for both sides at
once, each side's past predicts the other. Here the climate is in the model. The numbers of acts by
week of two directions i are Poisson,

.. math:: \log \mu_{it} = \eta_t + z_{it}'\beta_i, \qquad
          \eta_t = \rho\,\eta_{t-1} + e_t,

with one stationary climate :math:`\eta` for both and, for each direction, a constant, its own acts
of the last four weeks and of the last year, and the other side's acts of the last four weeks, each
as log(1 + number) (the log-linear form of Fokianos and Tjostheim 2011). The coefficient of the
other side's acts is what is asked about. It says who predicts whom beyond the climate, not why.

No library at hand fits it: statsmodels has Poisson regressions without a latent process, and
state-space models without Poisson observations.

References
----------
Fokianos and Tjostheim (2011), Log-linear Poisson autoregression, Journal of Multivariate Analysis
102, 563-578. Zeger (1988), A regression model for time series of counts, Biometrika 75, 621-629
(counts around a latent process). Breslow and Clayton (1993), Approximate inference in generalized
linear mixed models, Journal of the American Statistical Association 88, 9-25 (Laplace's
approximation, coefficients with a flat prior). Durbin and Koopman (2012), Time Series Analysis by
State Space Methods, chapter 11.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from scipy.linalg import cho_solve_banded, cholesky_banded, solve_triangular
from scipy.optimize import minimize

from detente.base.phrases import join, say, text_of
from detente.statistics.frames import NotEstimableError, numbers, period_index, span, unit
from detente.statistics.results import Refusal, TestResult, reason_of
from detente.statistics.samples import FloatArray

# Periods that count as the recent past, and as the past year.
RECENT, LONG = 4, 52
# Fewest periods with acts in each direction: five for each of the four coefficients.
MIN_ACTIVE = 20
# The climate's half-life in periods and its standard deviation are sought between these.
_HALF_LIFE = (2.0, 260.0)
_SPREAD = (0.03, 3.0)
_NAMES = ("constant", "own acts, recent", "own acts, year", "acts of the other side, recent")
_ASKED = len(_NAMES) - 1
_STEPS = 60


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What the past acts of one side say of those of the other, given the climate.

    Attributes
    ----------
    predicted, predictor
        Names of the two directions.
    ratio, lower, upper
        By what factor the expected number of acts is multiplied where the other side acted once in
        the last four weeks instead of not at all, with its interval.
    test
        That the factor is one.
    n_acts, n_other
        Acts of the direction predicted, and of the other.
    """

    predicted: str
    predictor: str
    ratio: float
    lower: float
    upper: float
    test: TestResult
    n_acts: int
    n_other: int


@dataclass(frozen=True, kw_only=True)
class Climate:
    """A fitted model.

    Attributes
    ----------
    predictions
        One a direction, in the order of the columns.
    half_life
        Of the climate, in periods.
    spread
        Standard deviation of the climate, in logs.
    path
        The climate by period, shape (periods,), in logs.
    dispersion
        Pearson's, above one where acts vary more than the model says; errors are widened by it.
    span, period
        First and last period, and what one is called.
    """

    predictions: tuple[Prediction, Prediction]
    half_life: float
    spread: float
    path: FloatArray
    dispersion: float
    span: str
    period: str


@dataclass(frozen=True)
class _Mode:
    path: FloatArray
    beta: FloatArray
    covariance: FloatArray
    log_marginal: float
    mean: FloatArray


class _Model:
    """Counts, shape (2, periods), and their regressors, shape (2, periods, columns)."""

    def __init__(self, counts: FloatArray, regressors: FloatArray) -> None:
        self.counts, self.x = counts, regressors
        _, self.n, self.width = regressors.shape
        self._last: tuple[FloatArray, FloatArray] | None = None

    def mode(self, rho: float, spread: float) -> _Mode:
        """Find the likeliest climate and coefficients by Newton's method.

        Parameters
        ----------
        rho
            Autocorrelation of the climate from week to week.
        spread
            Its stationary standard deviation, in logs of the expected acts.
        """
        innovation = spread**2 * (1.0 - rho**2)
        band = np.zeros((2, self.n))
        band[0, :-1] = -rho / innovation
        band[1] = (1.0 + rho**2) / innovation
        # Upper form of LAPACK: the diagonal last, the superdiagonal moved by one.
        band[0] = np.concatenate([[0.0], np.full(self.n - 1, -rho / innovation)])
        band[1, [0, -1]] = 1.0 / innovation
        path, beta = self._last or (np.zeros(self.n), self._start())
        path, beta = path.copy(), beta.copy()
        value = self._log_posterior(path, beta, band)
        for _ in range(_STEPS):
            step_path, step_beta, schur, factor = self._step(path, beta, band)
            taken, size = False, 1.0
            for _ in range(30):
                new = self._log_posterior(path + size * step_path, beta + size * step_beta, band)
                if new >= value - 1e-12 * abs(value):
                    taken = True
                    break
                size /= 2.0
            if not taken:
                break
            path, beta = path + size * step_path, beta + size * step_beta
            gained, value = new - value, new
            if gained < 1e-9 * max(1.0, abs(value)):
                break
        _, _, schur, factor = self._step(path, beta, band)
        self._last = path, beta
        log_det = 2.0 * float(np.log(factor[-1]).sum())
        sign, log_det_schur = np.linalg.slogdet(schur)
        if sign <= 0 or not math.isfinite(value):
            raise NotEstimableError(say("reason.coefficients_alike"))
        log_prior = -self.n * math.log(spread) - 0.5 * (self.n - 1) * math.log(1.0 - rho**2)
        return _Mode(
            path,
            beta,
            np.asarray(np.linalg.inv(schur), dtype=np.float64),
            value + log_prior - 0.5 * (log_det + float(log_det_schur)),
            np.exp(self._log_mean(path, beta)),
        )

    def _start(self) -> FloatArray:
        beta = np.zeros((2, self.width))
        beta[:, 0] = np.log(self.counts.mean(axis=1))
        return beta

    def _log_mean(self, path: FloatArray, beta: FloatArray) -> FloatArray:
        # Far out a step of Newton's method is refused anyway.
        found = path + np.einsum("itk,ik->it", self.x, beta)
        return np.asarray(np.minimum(found, 50.0))

    def _log_posterior(self, path: FloatArray, beta: FloatArray, band: FloatArray) -> float:
        log_mean = self._log_mean(path, beta)
        prior = band[1] @ path**2 + 2.0 * band[0, 1:] @ (path[1:] * path[:-1])
        return float((self.counts * log_mean - np.exp(log_mean)).sum() - 0.5 * prior)

    def _step(
        self, path: FloatArray, beta: FloatArray, band: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return the step in path and coefficients, the Schur complement and the band's factor."""
        mean = np.exp(self._log_mean(path, beta))
        excess = self.counts - mean
        pulled = band[1] * path
        pulled[1:] += band[0, 1:] * path[:-1]
        pulled[:-1] += band[0, 1:] * path[1:]
        gradient = excess.sum(axis=0) - pulled
        of_beta = np.einsum("itk,it->ik", self.x, excess).ravel()
        factor = cholesky_banded(np.vstack([band[0], band[1] + mean.sum(axis=0)]))
        across = np.concatenate([(mean[i][:, None] * self.x[i]) for i in (0, 1)], axis=1)
        solved = cho_solve_banded((factor, False), np.column_stack([across, gradient]))
        own = np.zeros((2 * self.width, 2 * self.width))
        for i in (0, 1):
            part = slice(i * self.width, (i + 1) * self.width)
            own[part, part] = self.x[i].T @ (mean[i][:, None] * self.x[i])
        schur = own - across.T @ solved[:, :-1]
        try:
            lower = np.linalg.cholesky(schur)
        except np.linalg.LinAlgError as error:
            raise NotEstimableError(say("reason.coefficients_alike")) from error
        right = of_beta - across.T @ solved[:, -1]
        step = solve_triangular(lower.T, solve_triangular(lower, right, lower=True))
        return solved[:, -1] - solved[:, :-1] @ step, step.reshape(2, -1), schur, factor


def predictions(frame: pd.DataFrame, level: float = 0.95) -> Climate | Refusal:
    """Fit the model and say whose acts predict whose.

    Parameters
    ----------
    frame
        Numbers of acts of two directions, one column each, one row per period (a week).
    level
        Coverage of the intervals.

    Returns
    -------
    Climate or Refusal
        Refused with fewer than 20 periods with acts in a direction, or fewer than two years.

    Raises
    ------
    SeriesError
        If the periods are not consecutive.
    """
    names = [text_of(one) for one in frame.columns]
    model = say("model.climate_of", names=join(names, ", "))
    try:
        return _predictions(frame, names, level)
    except NotEstimableError as reason:
        return Refusal(model=model, reason=reason_of(reason))


def _predictions(frame: pd.DataFrame, names: Sequence[str], level: float) -> Climate:
    index = period_index(frame, "numbers of acts")
    counts = numbers(frame).T
    _require_counts(counts, names, unit(index))
    x = np.stack([_regressors(counts[i], counts[1 - i]) for i in (0, 1)])
    model = _Model(counts[:, LONG:], x)
    rho, spread = _climate(model)
    found = model.mode(rho, spread)
    seen = counts[:, LONG:]
    freedom = seen.size - x.shape[0] * x.shape[2]
    dispersion = max(1.0, float(((seen - found.mean) ** 2 / found.mean).sum() / freedom))
    errors = np.sqrt(dispersion * np.diag(found.covariance)).reshape(2, -1)[:, _ASKED]
    sentences = []
    for i in (0, 1):
        sentences.append(
            _prediction(
                (names[i], names[1 - i]),
                (float(found.beta[i, _ASKED]), float(errors[i])),
                (int(seen[i].sum()), int(seen[1 - i].sum())),
                level,
                {
                    "recent": RECENT,
                    "year": LONG,
                    "climate_half_life": round(_half_life(rho), 2),
                    "climate_spread": round(spread, 4),
                    "dispersion": round(dispersion, 4),
                    "period": unit(index),
                },
                seen.shape[1],
            )
        )
    return Climate(
        predictions=(sentences[0], sentences[1]),
        half_life=_half_life(rho),
        spread=spread,
        path=found.path,
        dispersion=dispersion,
        span=span(index[LONG:]),
        period=unit(index),
    )


def _prediction(
    names: tuple[str, str],
    estimate: tuple[float, float],
    acts: tuple[int, int],
    level: float,
    settings: dict[str, str | int | float | bool | None],
    n_obs: int,
) -> Prediction:
    value, error = estimate
    z = value / error
    half = float(stats.norm.ppf(0.5 + level / 2.0)) * error
    # One act instead of none moves log(1 + number) by log 2.
    ratio, lower, upper = (2.0**one for one in (value, value - half, value + half))
    return Prediction(
        predicted=names[0],
        predictor=names[1],
        ratio=ratio,
        lower=lower,
        upper=upper,
        test=TestResult(
            test_id="common_climate",
            test=say("named.climate"),
            null_hypothesis=say("null.climate", predicted=names[0], predictor=names[1], n=RECENT),
            alternative=say("alternative.depends"),
            statistic=z,
            p_value=float(2.0 * stats.norm.sf(abs(z))),
            n_obs=n_obs,
            distribution="standard normal, both tails",
            settings=settings,
        ),
        n_acts=acts[0],
        n_other=acts[1],
    )


def _require_counts(counts: FloatArray, names: Sequence[str], period: str) -> None:
    if len(counts) != 2:
        raise NotEstimableError(say("reason.two_directions", n=len(counts)))
    if not np.isfinite(counts).all() or (counts < 0).any() or (counts != np.floor(counts)).any():
        raise NotEstimableError(say("reason.no_counts"))
    if counts.shape[1] < 3 * LONG:
        raise NotEstimableError(
            say("reason.few_weeks", n=counts.shape[1], period=period, needed=3 * LONG)
        )
    for name, one in zip(names, counts[:, LONG:], strict=True):
        n_active = int((one > 0).sum())
        if n_active < MIN_ACTIVE:
            raise NotEstimableError(
                f"{n_active} {period}s with acts ({name}); at least {MIN_ACTIVE} are needed"
            )


def _regressors(own: FloatArray, other: FloatArray) -> FloatArray:
    """Constant and pasts of each period after the first year, shape (periods, columns)."""
    columns = [_past(own, RECENT), _past(own, LONG), _past(other, RECENT)]
    return np.column_stack([np.ones(len(own) - LONG), *(np.log1p(one) for one in columns)])


def _past(counts: FloatArray, periods: int) -> FloatArray:
    """Sum of the periods before each one after the first year."""
    summed = np.concatenate([[0.0], np.cumsum(counts)])
    return np.asarray((summed[periods:] - summed[:-periods])[LONG - periods : -1])


def _half_life(rho: float) -> float:
    return math.log(0.5) / math.log(rho)


def _climate(model: _Model) -> tuple[float, float]:
    """Find the likeliest memory and spread of the climate: a coarse grid, then downhill."""

    def rho(log_half_life: float) -> float:
        return float(0.5 ** math.exp(-log_half_life))

    lows, highs = (np.log([pair[end] for pair in (_HALF_LIFE, _SPREAD)]) for end in (0, 1))

    def loss(at: FloatArray) -> float:
        inside = np.clip(at, lows, highs)
        return -model.mode(rho(inside[0]), math.exp(inside[1])).log_marginal

    grid = [
        np.array([math.log(half_life), math.log(spread)])
        for half_life in (4.0, 13.0, 52.0)
        for spread in (0.1, 0.4, 1.0)
    ]
    best = min(grid, key=loss)
    options = {"xatol": 0.05, "fatol": 0.01, "maxfev": 60}
    found = minimize(loss, best, method="Nelder-Mead", options=options).x
    found = np.clip(found, lows, highs)
    return rho(found[0]), math.exp(found[1])
